# Survival: reference values from R, on data simulated here, with ties and several rows a patient.
# Run from the repository root: Rscript tests/reference/survival.R
# Debian packages: r-cran-survival, r-cran-rms, r-cran-riskregression, r-cran-jsonlite.
suppressPackageStartupMessages({
  library(survival); library(rms); library(riskRegression); library(prodlim); library(jsonlite)
})
set.seed(20261)

patient <- rep(1:70, times = rep(c(1, 2, 2, 3), length.out = 70))
n <- length(patient)
frail <- rnorm(70, 0, 0.5)[patient]
age <- round(rnorm(n, 60, 9)); size <- round(rexp(n, 1 / 12) + 4, 1)
site <- sample(c("a", "b", "c"), n, replace = TRUE)
grade <- rbinom(n, 1, 0.4)
lp <- 0.04 * (age - 60) + 0.05 * (size - 12) + 0.7 * grade + frail
first <- rexp(n, 0.05 * exp(lp)); other <- rexp(n, 0.025 * exp(0.03 * (age - 60)))
lost <- runif(n, 6, 40)
time <- pmax(1, ceiling(pmin(first, other, lost)))
status <- ifelse(lost < pmin(first, other), 0, ifelse(first <= other, 1, 2))
event <- as.integer(status == 1)
marker <- round(lp - frail + rnorm(n, 0, 0.6), 2)
rival <- round(0.4 * lp + rnorm(n), 1)
d <- data.frame(patient, time, status, event, age, size, grade, site, marker, rival)
at <- c(5, 10, 16)

curve <- function(f) {
  s <- summary(f, times = at)
  list(surv = s$surv, se = s$std.err, lower = s$lower, upper = s$upper, n_risk = s$n.risk)
}
kinds <- c("log", "log-log", "plain")
km <- lapply(setNames(kinds, kinds), function(kind) {
  f <- survfit(Surv(time, event) ~ 1, d, conf.type = kind)
  c(curve(f), list(median = unname(unlist(quantile(f, 0.5)))))
})
clustered <- survfit(Surv(time, event) ~ 1, d, cluster = patient, robust = TRUE)
grouped <- survfit(Surv(time, event) ~ site, d)
mean_times <- summary(grouped, rmean = 12)$table[, c("rmean", "se(rmean)", "median", "0.95LCL",
                                                     "0.95UCL")]
test <- function(f) list(chisq = f$chisq, observed = c(as.matrix(f$obs)),
                         expected = c(as.matrix(f$exp)))
logrank <- list(
  three = test(survdiff(Surv(time, event) ~ site, d)),
  peto = test(survdiff(Surv(time, event) ~ site, d, rho = 1)),
  stratified = survdiff(Surv(time, event) ~ site + strata(grade), d)$chisq,
  stratified_peto = survdiff(Surv(time, event) ~ grade + strata(site), d, rho = 1)$chisq)

tight <- coxph.control(eps = 1e-11, iter.max = 50)
model <- function(f) {
  s <- summary(f)
  list(coef = unname(coef(f)), vcov = unname(vcov(f)), loglik = f$loglik, wald = f$wald.test,
       score = f$score, robust_score = unname(s$robscore["test"]),
       concordance = unname(s$concordance), martingale = unname(residuals(f))[1:12],
       dfbeta = unname(residuals(f, "dfbeta"))[1:5, ],
       hazard = basehaz(f, centered = FALSE)$hazard[1:8],
       effects = unname(cox.zph(f, "km", terms = FALSE)$y)[1:5, ],
       zph = sapply(c(km = "km", rank = "rank", identity = "identity"),
                    function(g) unname(cox.zph(f, g, terms = FALSE)$table[, "chisq"])))
}
cox <- list(
  efron = model(coxph(Surv(time, event) ~ age + size + grade, d, control = tight)),
  breslow = model(coxph(Surv(time, event) ~ age + size + grade, d, ties = "breslow",
                        control = tight)),
  stratified = model(coxph(Surv(time, event) ~ age + size + grade + strata(site), d,
                           control = tight)))
clustered_model <- function(f) {
  s <- summary(f)
  list(coef = unname(coef(f)), vcov = unname(vcov(f)), wald = unname(s$waldtest["test"]),
       wald_exact = f$wald.test, robust_score = unname(s$robscore["test"]),
       concordance = unname(s$concordance))
}
cox$clustered <- clustered_model(coxph(Surv(time, event) ~ age + size + grade, d,
                                       cluster = patient, control = tight))
cox$clustered_stratified <- clustered_model(
  coxph(Surv(time, event) ~ age + size + grade + strata(site), d, cluster = patient,
        control = tight))

index <- function(...) {
  k <- concordance(Surv(time, event) ~ marker, d, reverse = TRUE, ...)
  list(value = unname(k$concordance), se = sqrt(k$var), counts = unname(k$count))
}
concord <- list(n = index(), S = index(timewt = "S"), I = index(timewt = "I"),
                uno = index(timewt = "n/G2", ymax = 16), clustered = index(cluster = d$patient),
                uno_clustered = index(timewt = "n/G2", ymax = 16, cluster = d$patient))
pair <- lapply(c("marker", "rival"), function(x) {
  concordance(as.formula(paste("Surv(time, event) ~", x)), d, reverse = TRUE, influence = 1)
})
gap <- pair[[1]]$dfbeta - pair[[2]]$dfbeta
concord$difference <- list(value = pair[[1]]$concordance - pair[[2]]$concordance,
                           se = sqrt(sum(gap^2)),
                           se_clustered = sqrt(sum(rowsum(gap, d$patient)^2)))

cif <- function() {
  s <- summary(survfit(Surv(time, factor(status, 0:2)) ~ 1, d), times = at)
  list(value = s$pstate[, 2:3], se = s$std.err[, 2:3], lower = s$lower[, 2:3],
       upper = s$upper[, 2:3])
}
# summary() knows no cluster where events compete: the influences (from time 0) are summed here
u <- survfit(Surv(time, factor(status, 0:2)) ~ 1, d, influence = TRUE)
clustered_se <- sapply(2:3, function(state) sapply(match(at, u$time) + 1, function(k) {
  sqrt(sum(rowsum(u$influence.pstate[, k, state], d$patient)^2))
}))
incidence <- c(cif(), list(clustered_se = clustered_se))

risk <- sapply(at, function(t) round(1 - exp(-0.05 * t * exp(0.8 * marker)), 3))
other_risk <- sapply(at, function(t) round(1 - exp(-0.05 * t * exp(0.4 * rival)), 3))
scores <- function(formula, response, cause) {
  s <- Score(list(a = risk, b = other_risk), formula = formula, data = d, times = at,
             cause = cause, cens.model = "km", metrics = c("auc", "brier"), summary = "ipa",
             null.model = TRUE,
             conservative = FALSE)
  pick <- function(x, columns) as.list(as.data.frame(x)[, columns])
  auc <- s$AUC$score; brier <- s$Brier$score; gaps <- s$AUC$contrasts
  list(auc = pick(auc[auc$model == "a", ], c("AUC", "se")),
       rival = pick(auc[auc$model == "b", ], c("AUC", "se")),
       difference = pick(gaps, c("delta.AUC", "se", "p")),
       brier = pick(brier[brier$model == "a", ], c("Brier", "se", "IPA")),
       null = pick(brier[brier$model == "Null model", ], c("Brier", "se")))
}
score <- list(survival = scores(Surv(time, event) ~ 1, "Surv", 1),
              competing = scores(Hist(time, status) ~ 1, "Hist", 1))

calibrate <- function(t, p) {
  d$x <- log(-log(1 - p))
  f <- suppressWarnings(cph(Surv(time, event) ~ rcs(x, 3), d, x = TRUE, y = TRUE, surv = TRUE,
                            eps = 1e-11))
  e <- survest(f, newdata = d, times = t, conf.int = 0.95)
  g <- coxph(Surv(time, event) ~ x, d, control = tight)
  robust <- coxph(Surv(time, event) ~ x, d, cluster = patient, control = tight)
  smooth <- unname(1 - e$surv); off <- abs(smooth - p)
  list(t = t, smooth = smooth[1:20], std_err = unname(e$std.err)[1:20], slope = unname(coef(g)),
       se = sqrt(vcov(g)[1]), robust_se = sqrt(vcov(robust)[1]), ici = mean(off),
       e50 = median(off), e90 = unname(quantile(off, 0.9)), emax = max(off))
}
calibration <- lapply(1:3, function(k) calibrate(at[k], pmin(pmax(risk[, k], 0.001), 0.999)))

text <- toJSON(list(
  meta = list(R = R.version.string, packages = sapply(
    c("survival", "rms", "riskRegression"), function(p) as.character(packageVersion(p)))),
  data = as.list(d), times = at, risk = risk, other_risk = other_risk, km = km,
  clustered_se = summary(clustered, times = at)$std.err, grouped = curve(grouped),
  mean_times = unname(mean_times), logrank = logrank, cox = cox, concordance = concord,
  incidence = incidence, score = score, calibration = calibration),
  digits = I(15), auto_unbox = TRUE, na = "null")
writeLines(text, "tests/reference/survival.json")
