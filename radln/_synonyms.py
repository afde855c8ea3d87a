"""What other programs call the options of radln."""

from __future__ import annotations

# What other programs call it (R, statsmodels, scipy, scikit-learn, lifelines), without dots, dashes
# and capitals. Of several words the first that is an option there is ours; of a method that radln
# does not have it is the nearest.
SPELLINGS = {
    # adjustments of p-values
    "bh": "benjamini-hochberg", "fdrbh": "benjamini-hochberg", "fdr": "benjamini-hochberg",
    "fdri": "benjamini-hochberg", "indep": "benjamini-hochberg", "fdrtsbh": "benjamini-hochberg",
    "by": "benjamini-yekutieli", "fdrby": "benjamini-yekutieli", "fdrn": "benjamini-yekutieli",
    "negcorr": "benjamini-yekutieli", "fdrtsbky": "benjamini-hochberg", "b": "bonferroni",
    "bonf": "bonferroni", "sidak": "bonferroni", "holmsidak": "holm", "hs": "holm",
    "holmbonferroni": "holm", "simeshochberg": "hochberg", "sh": "hochberg", "ho": "hommel",
    # intervals of shares, and tests of pairs
    "ac": "agresti-coull", "exact": "clopper-pearson conger efron exact",
    "binomial": "clopper-pearson exact", "binom": "clopper-pearson exact",
    "binomtest": "clopper-pearson exact", "beta": "clopper-pearson", "cp": "clopper-pearson",
    "bayes": "jeffreys", "jeffrey": "jeffreys", "asymptotic": "wald asymptotic",
    "normal": "wald asymptotic normal", "approximate": "wald asymptotic", "score": "wilson score",
    "wilsoncc": "wilson", "scorecc": "wilson", "prop": "wilson", "chisquare": "asymptotic",
    "chisq": "asymptotic", "chi2": "asymptotic", "correct": "corrected", "yates": "corrected",
    "continuity": "corrected", "edwards": "corrected", "gs": "score", "wgs": "weighted-score",
    "kosinski": "weighted-score", "leisenring": "score", "rpv": "relative",
    # agreement
    "equal": "linear", "equalspacing": "linear", "lin": "linear", "l": "linear less",
    "quad": "quadratic", "q": "quadratic", "squared": "quadratic", "fleisscohen": "quadratic",
    "cicchettiallison": "linear", "ac1": "gwet", "ac2": "gwet", "gwetac1": "gwet",
    "gwetac2": "gwet", "alpha": "krippendorff", "kripp": "krippendorff",
    "krippalpha": "krippendorff", "krippenalpha": "krippendorff",
    "krippendorffalpha": "krippendorff", "kappamfleiss": "fleiss", "fleisskappa": "fleiss",
    "scott": "fleiss", "pi": "fleiss", "kappamlight": "light", "lightkappa": "light",
    "cohen": "light", "congerkappa": "conger", "oneway": "ICC(1,1)", "twoway": "ICC(2,1)",
    "agreement": "ICC(2,1)", "consistency": "ICC(3,1)", "twowayrandom": "ICC(2,1)",
    "twowaymixed": "ICC(3,1)", "average": "ICC(2,k) macro", "single": "ICC(2,1)",
    # sides of a test
    "g": "greater", "larger": "greater one-sided", "greater": "one-sided", "less": "one-sided",
    "smaller": "less one-sided", "lower": "less", "upper": "greater", "t": "two-sided",
    "twotailed": "two-sided", "2tailed": "two-sided", "2sided": "two-sided", "both": "two-sided",
    "onetailed": "one-sided", "1tailed": "one-sided", "1sided": "one-sided",
    "noninferiority": "greater", "superiority": "greater", "equivalence": "two-sided",
    # areas and curves
    "boot": "bootstrap", "perc": "bootstrap", "percentile": "bootstrap", "basic": "bootstrap",
    "el": "empirical_likelihood", "newcombe": "empirical_likelihood",
    "wilson": "empirical_likelihood", "obuchowski": "delong", "hanley": "delong",
    "hanleymcneil": "delong", "permute": "permutation", "perm": "permutation",
    "venkatraman": "permutation", "closesttopleft": "closest-topleft",
    "closest": "closest-topleft", "topleft": "closest-topleft", "j": "youden",
    "youdenj": "youden", "maxyouden": "youden", "ovr": "macro", "ovo": "hand_till",
    "mean": "macro", "auroc": "auc", "rocauc": "auc", "cstatistic": "auc", "cindex": "auc",
    # calibration and validation
    "lowess": "loess", "spline": "rcs", "ns": "rcs", "oe": "observed_expected",
    "o/e": "observed_expected", "citl": "calibration_in_the_large",
    "intercept": "calibration_in_the_large", "calibrationslope": "slope",
    "632": ".632+", "632plus": ".632+", "harrell": "optimism", "test": "external",
    "validation": "external", "train": "apparent", "development": "apparent", "cv": "out-of-fold",
    "crossvalidated": "out-of-fold", "oob": "out-of-bag",
    # survival
    "kaplanmeier": "km", "ipcw": "ipw uno", "peto": "peto-peto", "wilcoxon": "peto-peto "
    "peto-wilcoxon", "gehan": "peto-peto peto-wilcoxon", "petoprentice": "peto-peto",
    "mantelhaenszel": "log-rank", "n/g2": "uno", "n": "harrell", "s": "peto-wilcoxon bonferroni",
    "i": "log-rank", "loglog": "log-log", "cloglog": "log-log", "exponentialgreenwood": "log-log",
    "greenwood": "plain", "linear": "plain", "identity": "plain", "scaledsch": "schoenfeld",
    "scaledschoenfeld": "schoenfeld", "dfbetas": "dfbeta", "deltabeta": "dfbeta",
    # kinds of a variable
    "continuous": "normal", "parametric": "normal", "gaussian": "normal", "nonnormal": "skewed",
    "nonparametric": "skewed", "factor": "categorical", "category": "categorical",
    "nominal": "categorical",
}  # fmt: skip
