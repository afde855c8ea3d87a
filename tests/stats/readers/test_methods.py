"""The methods of a study beside the functions they stand on, and by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError, SingleClassError
from radln.stats import (
    Combination,
    ReaderStudy,
    auc,
    combine_reads,
    compare_auc,
    compare_matched,
    diagnostic_table,
    icc,
    kappa,
    rater_agreement,
    size_mrmc,
    size_standalone,
)
from tests.stats.readers.studies import simulated, tables

ONE = simulated(readers=6, trainees=3, cases=60, modalities=("US",), seed=2)
TWO = simulated(
    readers=6,
    trainees=3,
    cases=60,
    per_patient=2,
    modalities=("with", "without"),
    gains={"with": 2.0, "without": 1.0},
    seed=2,
)


class TestGroups:
    def test_two_fixed_readers_are_compared_by_delong(self):
        reads, truth, _ = tables(readers=2, trainees=1, modalities=("US",))
        study = ReaderStudy.from_frame(reads, truth)
        found = study.compare_groups(covariance="delong")
        theirs = compare_auc(study.y_true, *study.score[0])
        assert found.random == ("cases",)
        assert found.differences[0].pvalue == pytest.approx(theirs.pvalue)
        assert found.differences[0].estimate.low == pytest.approx(theirs.difference.low)

    def test_fixed_cases_are_students_t(self):
        from scipy import stats

        found = ONE.compare_groups(cases="fixed")
        t = stats.ttest_ind(found.values[:3], found.values[3:])
        assert found.differences[0].pvalue == pytest.approx(t.pvalue)
        assert found.differences[0].statistic == pytest.approx(t.statistic)

    def test_the_spread_is_hilliss(self):
        found = ONE.compare_groups(covariance="delong")
        table = ONE.mrmc(covariance="delong")
        spread = table.covariance
        means = [found.values[:3].mean(), found.values[3:].mean()]
        within = sum(
            ((found.values[k : k + 3] - m) ** 2).sum() for k, m in ((0, means[0]), (3, means[1]))
        )
        within /= 4
        off = ~np.eye(3, dtype=bool)
        cov2 = (spread[:3, :3][off].mean() + spread[3:, 3:][off].mean()) / 2
        extra = max(cov2 - spread[:3, 3:].mean(), 0)
        variance = 2 / 3 * within + 2 * extra
        assert found.differences[0].estimate.se == pytest.approx(np.sqrt(variance))
        df = variance**2 / ((2 / 3 * within) ** 2 / 4)
        assert found.differences[0].df == pytest.approx(df)
        f = (means[0] - means[1]) ** 2 / variance
        assert found.statistic == pytest.approx(f)
        assert found.pvalue == pytest.approx(found.differences[0].pvalue)

    def test_a_change_between_modalities_is_the_interaction(self):
        found = TWO.compare_groups(modality=("with", "without"))
        table = TWO.mrmc().merit
        np.testing.assert_allclose(found.values, table[0] - table[1])
        assert "with minus without" in found.summary()

    def test_readers_of_one_modality_each(self):
        reads, truth, _ = tables(readers=6)
        own = reads[(reads["modality"] == "A") == reads["reader"].isin(["R0", "R1", "R2"])]
        study = ReaderStudy.from_frame(own, truth)
        with pytest.raises(InputError, match=r'compare_groups\(by="modality"\)'):
            study.mrmc()
        found = study.compare_groups(by="modality")
        assert found.groups == ("A", "B")
        with pytest.raises(InputError, match=r"compare modalities by mrmc"):
            TWO.compare_groups(by="modality")

    def test_three_levels(self):
        reads, truth, _ = tables(readers=6, modalities=("US",))
        level = dict(zip([f"R{k}" for k in range(6)], "aabbcc", strict=True))
        study = ReaderStudy.from_frame(reads.assign(level=reads["reader"].map(level)), truth)
        found = study.compare_groups()
        assert len(found.differences) == 3
        assert found.df1 == 2
        assert "all equal" in found.summary()
        assert np.isnan(study.compare_groups(readers="fixed").pvalue)

    def test_what_cannot_be_compared(self):
        reads, truth, _ = tables(readers=4, modalities=("US",))
        with pytest.raises(InputError, match=r"all readers are of the level expert"):
            ReaderStudy.from_frame(reads, truth).compare_groups()
        with pytest.raises(InputError, match=r"no column level"):
            ReaderStudy.from_frame(reads.drop(columns="level"), truth).compare_groups()
        with pytest.raises(InputError, match=r"modality must be named"):
            TWO.compare_groups()
        with pytest.raises(InputError, match=r"modality must be one name, or two"):
            TWO.compare_groups(modality=("with", "with"))

    def test_one_expert_is_said(self):
        reads, truth, _ = tables(readers=5, trainees=4, modalities=("US",))
        found = ReaderStudy.from_frame(reads, truth).compare_groups()
        assert any("expert: one reader only" in note for note in found.warnings)


class TestModel:
    def test_one_fixed_reader_is_delong(self):
        reads, truth, model = tables(readers=1, modalities=("US",))
        study = ReaderStudy.from_frame(reads, truth, model)
        found = study.compare_with_model(covariance="delong")
        theirs = compare_auc(study.y_true, study.models["model"], study.score[0, 0])
        assert found.pvalue == pytest.approx(theirs.pvalue)
        assert found.difference.value == pytest.approx(theirs.difference.value)

    def test_sensitivity_needs_a_threshold_set_beforehand(self):
        with pytest.raises(InputError, match=r"needs threshold=, set before"):
            ONE.compare_with_model(figure="sensitivity")
        found = ONE.compare_with_model(figure="sensitivity", threshold=0.5)
        call = ONE.models["model"][ONE.y_true] >= 0.5
        assert found.model_value.value == call.mean()
        with pytest.raises(InputError, match=r"threshold has no meaning for the figure auc"):
            ONE.compare_with_model(threshold=0.5)

    def test_binary_reads_are_no_rival_of_a_score(self):
        reads, truth, model = tables(readers=4, modalities=("US",))
        binary = reads.assign(score=reads["call"])
        with pytest.raises(InputError, match=r"a yes or no; its area"):
            ReaderStudy.from_frame(binary, truth, model).compare_with_model()

    def test_margins(self):
        worse = ONE.compare_with_model(margin=0.05, alternative="greater")
        plain = ONE.compare_with_model(alternative="greater")
        assert worse.pvalue < plain.pvalue
        assert "that model is not worse by 0.05" in worse.summary()

    def test_planning_takes_the_pilot(self):
        size = size_standalone(0.1, n_readers=6, power=0.8, **ONE.compare_with_model().pilot())
        assert size.n > 0
        pilot = TWO.mrmc().pilot()
        assert size_mrmc(0.1, n_readers=6, power=0.8, **pilot).n > 0


class TestOperatingPoints:
    def test_each_reader_is_the_matched_comparison(self):
        found = ONE.at_operating_points(n_resamples=200, rng=3)
        for reader, point in enumerate(found.points):
            theirs = compare_matched(
                ONE.y_true,
                ONE.models["model"],
                ONE.call[0, reader],
                sensitivity="b",
                n_resamples=200,
                rng=3,
            )
            assert point.difference.value == pytest.approx(theirs.difference.value)
            assert point.difference.se == pytest.approx(theirs.difference.se * np.sqrt(30 / 29))
            assert point.at == pytest.approx(theirs.level)

    def test_the_average_is_the_mean_of_the_readers(self):
        found = ONE.at_operating_points(n_resamples=50, matched_on="specificity")
        mean = np.mean([point.difference.value for point in found.points])
        assert found.average.value == pytest.approx(mean)
        assert found.metric == "sensitivity"

    def test_a_tie_of_the_majority_is_positive(self):
        reads, truth, model = tables(readers=4, modalities=("US",))
        half = reads["reader"].isin(["R0", "R1"])
        flat = reads.assign(call=half.astype(float)).drop(columns="score")
        mixed = flat["case_id"].isin(["c0", "c1", "c2", "c3"])
        flat.loc[mixed, "call"] = (flat.loc[mixed, "reader"] == "R0").astype(float)
        study = ReaderStudy.from_frame(flat, truth, model)
        found = study.at_operating_points(n_resamples=20)
        assert found.majority.at == pytest.approx(28 / 30)

    def test_missing_reads_are_refused(self):
        reads, truth, model = tables(readers=4, modalities=("US",))
        study = ReaderStudy.from_frame(reads[3:], truth, model)
        with pytest.raises(InputError, match=r"3 reads are missing in US"):
            study.at_operating_points()

    def test_two_readers_have_no_majority(self):
        reads, truth, model = tables(readers=2, modalities=("US",))
        found = ReaderStudy.from_frame(reads, truth, model).at_operating_points(n_resamples=20)
        assert found.majority is None
        assert found.random == ("cases",)


class TestBenefit:
    def test_changes_count_every_call(self):
        found = TWO.model_benefit(threshold=0.5)
        table = found.changes()
        kinds = ["stayed right", "corrected", "spoiled", "stayed wrong"]
        assert (table[kinds].sum(axis=1) == table["n"]).all()
        every = table[table["among"] == "all readers"]
        assert every["n"].sum() == 6 * 60
        gain = (every["corrected"] - every["spoiled"]) / every["n"]
        for value, name in zip(gain, ("sensitivity", "specificity"), strict=True):
            difference = found.figures[name].differences[0].estimate.value
            assert difference == pytest.approx(value)

    def test_the_shares_are_those_of_the_reads(self):
        found = TWO.model_benefit(threshold=0.5)
        right = TWO.call == TWO.y_true
        after, before = right[0], right[1]
        wrong_model = (TWO.models["model"] >= 0.5) != TWO.y_true
        among = before[:, wrong_model]
        assert found.misled.value == pytest.approx(
            (among & ~after[:, wrong_model]).sum() / among.sum()
        )
        among = before[:, ~wrong_model]
        assert found.background.value == pytest.approx(
            (among & ~after[:, ~wrong_model]).sum() / among.sum()
        )
        assert found.excess.value == pytest.approx(found.misled.value - found.background.value)

    def test_without_a_model_the_bias_stays_open(self):
        found = TWO.without_models().model_benefit()
        assert found.misled is None
        assert "changed to the wrong one" not in found.summary()

    def test_refusals(self):
        with pytest.raises(InputError, match=r"threshold= must say at which value model was shown"):
            TWO.model_benefit()
        with pytest.raises(InputError, match=r"name two conditions"):
            TWO.model_benefit("with", "with", threshold=0.5)
        with pytest.raises(InputError, match=r"no modality 'off'"):
            TWO.model_benefit("off", threshold=0.5)
        reads, truth, _ = tables(modalities=("with", "without"))
        with pytest.raises(InputError, match=r"2 reads are missing"):
            ReaderStudy.from_frame(reads[2:], truth).model_benefit()


class TestPerformance:
    def test_a_reader_is_the_diagnostic_table(self):
        found = TWO.performance(n_resamples=50, rng=1)
        row = next(r for r in found.readers if (r.who, r.modality) == ("R2", "without"))
        table = diagnostic_table(
            TWO.y_true, TWO.call[1, 2], cluster=TWO.patient, n_resamples=50, rng=1
        )
        for name in ("sensitivity", "specificity", "ppv", "npv", "accuracy", "f1"):
            assert row.estimates[name] == getattr(table, name)
        area = auc(TWO.y_true, TWO.score[1, 2], cluster=TWO.patient)
        assert row.estimates["AUC"] == area.estimate

    def test_a_group_is_the_mean_of_its_readers(self):
        found = TWO.performance(n_resamples=10)
        rows = [r for r in found.readers if (r.level, r.modality) == ("trainee", "with")]
        group = next(r for r in found.groups if (r.level, r.modality) == ("trainee", "with"))
        for name in group.estimates:
            mean = np.mean([row.estimates[name].value for row in rows])
            assert group.estimates[name].value == pytest.approx(mean)

    def test_the_average_reader_is_that_of_mrmc(self):
        found = simulated(readers=5, modalities=("US",))
        group = found.performance(n_resamples=10).groups[0]
        for name, figure in (("AUC", "auc"), ("sensitivity", "sensitivity")):
            theirs = found.mrmc(figure=figure).means[0]
            assert group.estimates[name].value == pytest.approx(theirs.value)
            assert group.estimates[name].se == pytest.approx(theirs.se, rel=0.02)

    def test_calls_alone_have_a_binary_area(self):
        reads, truth, _ = tables(readers=2, modalities=("US",))
        found = ReaderStudy.from_frame(reads.drop(columns="score"), truth).performance()
        row = found.readers[0].estimates
        half = (row["sensitivity"].value + row["specificity"].value) / 2
        assert row["AUC (binary)"].value == pytest.approx(half)
        assert "AUC" not in row

    def test_a_reader_of_one_class_is_refused(self):
        reads, truth, _ = tables(readers=3, modalities=("US",))
        sick = truth.loc[truth["y_true"] == 1, "case_id"]
        odd = reads[(reads["reader"] != "R0") | reads["case_id"].isin(sick)]
        with pytest.raises(SingleClassError, match=r"reader R0 read cases of one class only"):
            ReaderStudy.from_frame(odd, truth).performance()


class TestAgreement:
    def test_pairs_are_cohens_kappa(self):
        calls, scores = TWO.agreement(modality="with"), TWO.agreement(of="score", modality="with")
        for k, (a, b) in enumerate([(0, 1), (0, 2), (0, 3)]):
            theirs = kappa(TWO.call[0, a], TWO.call[0, b], cluster=TWO.patient)
            assert calls.pairs[k].estimate.value == pytest.approx(theirs.value)
            assert calls.pairs[k].estimate.se == pytest.approx(theirs.se, rel=0.1)
            theirs = kappa(TWO.score[0, a], TWO.score[0, b], weights="quadratic")
            assert scores.kappa[a, b] == pytest.approx(theirs.value)

    def test_groups_are_the_coefficients_for_several_raters(self):
        found = {(r.among, r.coefficient): r.estimate for r in ONE.agreement(of="score").rows}
        everyone = rater_agreement(ONE.score[0].T, weights="quadratic")
        assert found["all readers", "Fleiss' kappa, quadratic weights"].low == pytest.approx(
            everyone.low
        )
        experts = icc(ONE.score[0, :3].T)
        assert found["within expert", "ICC(2,1)"].low == pytest.approx(experts.low)
        across = "between expert and trainee"
        mean = ONE.agreement(of="score").kappa[:3, 3:].mean()
        value = found[across, "mean quadratic-weighted kappa of pairs"].value
        assert value == pytest.approx(mean)

    def test_a_second_reading(self):
        reads, truth, _ = tables(readers=2, modalities=("US",))
        again = reads[reads["reader"] == "R0"].assign(repeat=2)
        both = pd.concat([reads.assign(repeat=1), again])
        found = ReaderStudy.from_frame(both, truth).agreement(of="score")
        rows = {row.coefficient: row.estimate.value for row in found.repeated}
        same = ("quadratic-weighted kappa", "unweighted kappa", "exact agreement", "ICC(2,1)")
        assert rows == dict.fromkeys(same, 1.0)
        assert all("R0, first and second" in row.among for row in found.repeated)

    def test_refusals(self):
        reads, truth, _ = tables(readers=2, modalities=("US",))
        with pytest.raises(InputError, match=r"scales of their own"):
            ReaderStudy.from_frame(reads, truth, scale="own").agreement(of="score")
        alone = ReaderStudy.from_frame(reads[reads["reader"] == "R0"], truth)
        with pytest.raises(InputError, match=r"agreement needs two readers"):
            alone.agreement()

    def test_missing_reads_leave_the_common_ones(self):
        reads, truth, _ = tables(readers=3, modalities=("US",))
        study = ReaderStudy.from_frame(reads.drop(index=range(5)), truth)
        found = study.agreement()
        theirs = kappa(study.call[0, 0, 5:], study.call[0, 1, 5:])
        assert found.pairs[0].estimate.value == pytest.approx(theirs.value)
        assert found.pairs[0].n_cases == 55


class TestCombine:
    def test_members_are_the_reads_and_the_models(self):
        joined = [Combination("or", ("model", "experts"))]
        found = ONE.combine(joined, n_resamples=10, rng=1)
        members = {reader: ONE.score[0, k] for k, reader in enumerate(ONE.readers)}
        theirs = combine_reads(
            ONE.y_true,
            {**members, "model": ONE.models["model"]},
            joined,
            groups={"experts": ["R0", "R1", "R2"], "trainees": ["R3", "R4", "R5"]},
            cutoffs=dict.fromkeys(ONE.readers, 4),
            n_resamples=10,
            rng=1,
        )
        pd.testing.assert_frame_equal(found.frame(), theirs.frame())

    def test_without_levels_all_readers_are_one_group(self):
        reads, truth, model = tables(readers=3, modalities=("US",))
        study = ReaderStudy.from_frame(reads.drop(columns="level"), truth, model)
        found = study.combine([Combination("or", ("model", "all readers"))], n_resamples=10)
        assert {"all readers", "model or all readers"} <= set(found.frame()["source"])

    def test_calls_that_are_no_cut_of_the_scores_stand_for_the_reader(self):
        reads, truth, model = tables(readers=2, modalities=("US",))
        odd = reads.assign(call=1 - reads["call"])
        found = ReaderStudy.from_frame(odd, truth, model).combine(
            [Combination("or", ("model", "R0"))], n_resamples=10
        )
        rows = found.frame().drop_duplicates("source").set_index("source")
        assert rows.loc["R0", "reads"] == "binary"

    def test_missing_reads_are_refused(self):
        reads, truth, model = tables(readers=2, modalities=("US",))
        joined = [Combination("or", ("model", "R0"))]
        with pytest.raises(InputError, match=r"reader R0 did not read 2 of 60"):
            ReaderStudy.from_frame(reads[2:], truth, model).combine(joined)
        with pytest.raises(InputError, match=r"model model has no value for 4 cases"):
            ReaderStudy.from_frame(reads, truth, model[4:]).combine(joined)


def test_u_statistics_are_those_of_the_arrays():
    from radln.stats import u_statistics

    study = simulated()
    theirs = u_statistics(
        study.y_true, study.score, readers=study.readers, modalities=study.modalities
    )
    pd.testing.assert_frame_equal(study.u_statistics().frame(), theirs.frame())
    with pytest.raises(InputError, match=r"jackknife"):
        TWO.u_statistics()


class TestUnweighted:
    """Scores one step apart: nearly perfect with quadratic weights, hardly any exact agreement."""

    @staticmethod
    def near(readers=2, per_patient=1):
        rng = np.random.default_rng(4)
        truth = rng.integers(1, 6, 100)
        rows = [
            (f"c{i}", f"p{i // per_patient}", f"R{r}", min(max(t + int(step), 1), 6), int(t > 3))
            for r in range(readers)
            for i, (t, step) in enumerate(zip(truth, rng.integers(-1, 2, 100), strict=True))
        ]
        columns = ["case_id", "patient_id", "reader", "score", "y_true"]
        return ReaderStudy.from_frame(pd.DataFrame(rows, columns=columns))

    @pytest.mark.parametrize("per_patient", [1, 2])
    def test_stands_beside_the_weighted_one(self, per_patient):
        study = self.near(per_patient=per_patient)
        found = study.agreement()
        a, b = study.score[0]
        plain = kappa(a, b, cluster=study.cluster)
        rows = {row.coefficient: row for row in found.pairs}
        assert rows["unweighted kappa"].estimate.value == pytest.approx(plain.value)
        assert rows["unweighted kappa"].estimate.se == pytest.approx(plain.se, rel=0.05)
        exact = rows["exact agreement"]
        assert exact.counted == (int((a == b).sum()), 100)
        assert exact.estimate.value == pytest.approx((a == b).mean())
        assert rows["quadratic-weighted kappa"].estimate.value > plain.value + 0.3
        everyone = {row.coefficient: row.estimate for row in found.rows}
        ratings = study.score[0].T
        weighted = rater_agreement(ratings, weights="quadratic", cluster=study.cluster)
        unweighted = rater_agreement(ratings, cluster=study.cluster)
        assert everyone["agreement, quadratic weights"] == weighted.observed
        assert everyone["Fleiss' kappa, unweighted"] == unweighted.estimate
        assert everyone["exact agreement"] == unweighted.observed
        gwet = rater_agreement(ratings, coefficient="gwet", cluster=study.cluster)
        assert everyone["Gwet's AC1, unweighted"] == gwet.estimate

    def test_the_summary_names_every_weight(self):
        said = self.near(readers=3).agreement().summary()
        for words in ("kappa, quadratic weights", "kappa, unweighted", "exact agreement"):
            assert words in said

    def test_no_coefficient_is_weighted_in_silence(self):
        for row in self.near(readers=3).agreement().rows:
            named = "weight" in row.coefficient
            assert named or row.coefficient in ("exact agreement", "ICC(2,1)")

    def test_missing_reads_have_no_numerator(self):
        study = self.near(readers=3)
        score = study.score.copy()
        score[0, 0, :5] = np.nan
        found = replace(study, score=score).agreement()
        exact = next(row for row in found.rows if row.coefficient == "exact agreement")
        assert exact.counted is None
        first = next(row for row in found.pairs if row.coefficient == "exact agreement")
        assert first.counted[1] == 95


@pytest.mark.parametrize("per_patient", [1, 2])
@pytest.mark.parametrize("figure", ["auc", "sensitivity", "specificity"])
def test_a_model_has_one_interval_wherever_it_is_shown(per_patient, figure):
    study = simulated(readers=4, cases=60, modalities=("US",), per_patient=per_patient)
    cut = {} if figure == "auc" else {"threshold": 0.5}
    own = study.compare_with_model(figure=figure, **cut).model_value
    (row,) = study.performance(cutoffs={"model": 0.5}, n_resamples=20).model_rows
    shown = row.estimates[{"auc": "AUC"}.get(figure, figure)]
    assert (own.value, own.low, own.high) == (shown.value, shown.low, shown.high)
    if figure == "auc":
        patients = None if per_patient == 1 else study.patient
        alone = auc(study.y_true, study.models["model"], cluster=patients)
        assert (own.low, own.high) == (alone.low, alone.high)
