# ROC areas, thresholds, 2x2 tables and paired calls: reference values from R, on data simulated here.
# Run from the repository root: Rscript tests/reference/discrimination.R
# Debian packages: r-cran-proc, r-cran-epir, r-cran-jsonlite.
suppressPackageStartupMessages({library(pROC); library(epiR); library(jsonlite)})
set.seed(20243)

n <- 120
y <- rep(0:1, c(70, 50))[sample(n)]
shared <- rnorm(n)
a <- round(shared + 1.2 * y + rnorm(n), 1)
b <- round(shared + 0.7 * y + rnorm(n), 1)
patient <- sort(sample(1:50, n, replace = TRUE))
ra <- roc(y, a, levels = 0:1, direction = "<", quiet = TRUE)
rb <- roc(y, b, levels = 0:1, direction = "<", quiet = TRUE)
compared <- function(...) { t <- roc.test(ra, rb, method = "delong", ...)
  list(statistic = unname(t$statistic), p = t$p.value) }
unpaired <- roc.test(ra, rb, method = "delong", paired = FALSE)
partial <- function(focus, correct) as.numeric(auc(ra, partial.auc = c(1, .8), partial.auc.focus = focus,
                                                   partial.auc.correct = correct))
at <- function(x, input) unlist(coords(ra, x, input = input, ret = c("sensitivity", "specificity"),
                                       transpose = TRUE))
best <- function(...) coords(ra, "best", ret = c("threshold", "sensitivity", "specificity"), ...)

# Obuchowski (1997): the variance of an area and of a difference with several cases a patient
obuchowski <- function(scores) {
  psi <- function(p, q) (p > q) + (p == q) / 2
  v10 <- sapply(scores, function(s) sapply(s[y == 1], function(p) mean(psi(p, s[y == 0]))))
  v01 <- sapply(scores, function(s) sapply(s[y == 0], function(q) mean(psi(s[y == 1], q))))
  area <- colMeans(v10); m <- sum(y == 1); k <- sum(y == 0); ids <- unique(patient)
  total <- function(v, of) t(sapply(ids, function(i) colSums(sweep(v[patient[of] == i, , drop = FALSE], 2, area))))
  x <- total(v10, y == 1); z <- total(v01, y == 0)
  i10 <- length(unique(patient[y == 1])); i01 <- length(unique(patient[y == 0])); i <- length(ids)
  s10 <- i10 / ((i10 - 1) * m) * t(x) %*% x; s01 <- i01 / ((i01 - 1) * k) * t(z) %*% z
  s11 <- i / (i - 1) * t(x) %*% z
  cov <- s10 / m + s01 / k + (s11 + t(s11)) / (m * k)
  list(area = area, se = sqrt(diag(cov)), se_difference = sqrt(c(1, -1) %*% cov %*% c(1, -1))[1])
}

g <- sample(1:4, n, replace = TRUE)
scores <- round(matrix(rnorm(4 * n), n) + 1.1 * outer(g, 1:4, "=="), 1)
colnames(scores) <- 1:4
roc_values <- list(
  y = y, a = a, b = b, patient = patient, auc = as.numeric(auc(ra)), var = var(ra, "delong"),
  ci = as.numeric(ci.auc(ra))[c(1, 3)], ci90 = as.numeric(ci.auc(ra, conf.level = .9))[c(1, 3)],
  two_sided = compared(), greater = compared(alternative = "greater"),
  less = compared(alternative = "less"),
  unpaired = list(statistic = unname(unpaired$statistic), df = unname(unpaired$parameter),
                  p = unpaired$p.value),
  partial_specificity = partial("sp", FALSE), partial_sensitivity = partial("se", FALSE),
  mcclish_specificity = partial("sp", TRUE), mcclish_sensitivity = partial("se", TRUE),
  at_specificity = at(.9, "specificity"), at_sensitivity = at(.85, "sensitivity"),
  youden = unlist(best(best.method = "youden")),
  top_left = unlist(best(best.method = "closest.topleft")),
  weighted = unlist(best(best.method = "youden", best.weights = c(3, .2))),
  clustered = obuchowski(list(a, b)), g = g, scores = scores,
  hand_till = as.numeric(multiclass.roc(g, scores)$auc),
  hand_till_marker = as.numeric(multiclass.roc(g, a, direction = "<", quiet = TRUE)$auc))

tables <- lapply(list(c(40, 9, 12, 60), c(7, 1, 3, 15), c(90, 40, 5, 30)), function(cells) {
  e <- epi.tests(matrix(cells, 2, byrow = TRUE), method = "exact")$detail
  w <- epi.tests(matrix(cells, 2, byrow = TRUE), method = "wilson")$detail
  pick <- function(d, s) as.numeric(unlist(d[d$statistic == s, c("est", "lower", "upper")]))
  k <- epi.kappa(matrix(cells, 2, byrow = TRUE), method = "fleiss")$kappa
  list(cells = cells, exact = sapply(c(sensitivity = "se", specificity = "sp", ppv = "pv.pos",
                                       npv = "pv.neg"), function(s) pick(e, s), simplify = FALSE),
       wilson = sapply(c(sensitivity = "se", specificity = "sp"), function(s) pick(w, s), simplify = FALSE),
       lr_positive = pick(e, "lr.pos"), lr_negative = pick(e, "lr.neg"), kappa = k$est,
       mcnemar = mcnemar.test(matrix(cells, 2), correct = FALSE)$p.value,
       mcnemar_corrected = mcnemar.test(matrix(cells, 2))$p.value,
       mcnemar_exact = binom.test(cells[2], cells[2] + cells[3])$p.value)
})
p <- c(.001, .04, .03, .2, .011, .7)
adjusted <- sapply(c("holm", "hochberg", "hommel", "bonferroni", "BH", "BY"),
                   function(m) p.adjust(p, m), simplify = FALSE)
write_json(list(R = R.version.string, pROC = as.character(packageVersion("pROC")),
                epiR = as.character(packageVersion("epiR")), roc = roc_values, tables = tables,
                p = p, adjusted = adjusted),
           "tests/reference/discrimination.json", digits = I(17), auto_unbox = TRUE)
