# Agreement: reference values from R, on data simulated here.
# Run from the repository root: Rscript tests/reference/agreement.R
# Debian packages: r-cran-psych, r-cran-epir, r-cran-vcd, r-cran-jsonlite.
suppressPackageStartupMessages({library(psych); library(epiR); library(vcd); library(jsonlite)})
set.seed(20241)

n <- 24
subject <- rnorm(n, 20, 4)
sizes <- round(sapply(c(0, 0.8, -0.5, 0.3), function(shift) subject + shift + rnorm(n, 0, 2)), 1)
icc <- function(x) {
  r <- ICC(x, lmer = FALSE)$results
  list(ratings = x, type = r$type, value = r$ICC, F = r$F, df1 = r$df1, df2 = r$df2, p = r$p,
       low = r$`lower bound`, high = r$`upper bound`)
}

grade <- sample(1:4, 60, replace = TRUE, prob = c(.4, .3, .2, .1))
read <- function() pmin(4, pmax(1, grade + sample(c(-1, 0, 0, 0, 1), 60, replace = TRUE)))
grades <- sapply(1:4, function(i) read())
kappas <- function(a, b) {
  tab <- table(factor(a, 1:4), factor(b, 1:4))
  one <- function(weights, part) {
    k <- Kappa(tab, weights = weights)[[part]]
    list(value = unname(k["value"]), se = unname(k["ASE"]))
  }
  list(unweighted = one("Equal-Spacing", "Unweighted"), linear = one("Equal-Spacing", "Weighted"),
       quadratic = one("Fleiss-Cohen", "Weighted"))
}

# Several raters: formulas written out from the papers, with a jackknife as a check of the errors.
counts <- function(x, q = 4) t(apply(x, 1, function(row) tabulate(row[!is.na(row)], q)))
gwet <- function(x, w) {
  m <- counts(x); r <- rowSums(m); q <- ncol(m); two <- r >= 2
  pa <- mean((rowSums(m * (m %*% w - 1)) / (r * (r - 1)))[two])
  p <- colMeans(m / r)
  pe <- sum(w) / (q * (q - 1)) * sum(p * (1 - p))
  (pa - pe) / (1 - pe)
}
fleiss <- function(x, w) {
  m <- counts(x); r <- rowSums(m); two <- r >= 2
  pa <- mean((rowSums(m * (m %*% w - 1)) / (r * (r - 1)))[two])
  p <- colMeans(m / r)
  pe <- sum(w * outer(p, p))
  (pa - pe) / (1 - pe)
}
conger <- function(x, w) {
  k <- ncol(x); pairs <- combn(k, 2)
  po <- mean(apply(pairs, 2, function(ij) mean(w[cbind(x[, ij[1]], x[, ij[2]])])))
  p <- apply(x, 2, function(column) tabulate(column, 4) / nrow(x))
  pe <- mean(apply(pairs, 2, function(ij) sum(w * outer(p[, ij[1]], p[, ij[2]]))))
  (po - pe) / (1 - pe)
}
light <- function(x, w) mean(apply(combn(ncol(x), 2), 2, function(ij) conger(x[, ij], w)))
alpha <- function(x, w) {  # Krippendorff's coincidences: one matrix, pairs weighted 1 / (ratings - 1)
  m <- counts(x); r <- rowSums(m); m <- m[r >= 2, ]; r <- r[r >= 2]; q <- ncol(m)
  o <- matrix(0, q, q)
  for (i in seq_along(r)) o <- o + (outer(m[i, ], m[i, ]) - diag(m[i, ], q)) / (r[i] - 1)
  nk <- rowSums(o); total <- sum(nk); d <- 1 - w
  1 - sum(o * d) / (sum(outer(nk, nk) * d) / (total - 1))
}
jackknife <- function(f, x, w) {
  v <- sapply(seq_len(nrow(x)), function(i) f(x[-i, ], w)); k <- nrow(x)
  sqrt((k - 1) / k * sum((v - mean(v))^2))
}
distance <- abs(outer(1:4, 1:4, "-")) / 3
weights <- list(none = diag(4), linear = 1 - distance, quadratic = 1 - distance^2)
holes <- grades
holes[cbind(sample(60, 25), sample(4, 25, replace = TRUE))] <- NA
several <- function(f, x) lapply(weights, function(w) list(value = f(x, w), se = jackknife(f, x, w)))

a <- sizes[, 1]; b <- sizes[, 2]
d <- a - b; s <- sd(d); z <- qnorm(.975); t <- qt(.975, n - 1)
se_limit <- s * sqrt(1 / n + z^2 / (2 * (n - 1)))
test <- t.test(a, b, paired = TRUE)
slope <- summary(lm(d ~ I((a + b) / 2)))$coefficients[2, ]
ccc <- epi.ccc(a, b)$rho.c

out <- list(
  meta = list(R = R.version.string,
              packages = sapply(c("psych", "epiR", "vcd"), function(p) as.character(packageVersion(p)))),
  icc = list(four = icc(sizes), two = icc(sizes[, 1:2])),
  kappa = list(ratings = grades, pairs = list(kappas(grades[, 1], grades[, 2]),
                                              kappas(grades[, 3], grades[, 4]))),
  several = list(fleiss = several(fleiss, grades), gwet = several(gwet, grades),
                 conger = several(conger, grades), light = several(light, grades),
                 krippendorff = several(alpha, grades)),
  missing = list(ratings = holes, fleiss = several(fleiss, holes), gwet = several(gwet, holes),
                 krippendorff = several(alpha, holes)),
  bland_altman = list(a = a, b = b, bias = mean(d), bias_ci = test$conf.int, t = unname(test$statistic),
                      p = test$p.value, sd = s, limits = mean(d) + c(-1, 1) * z * s,
                      lower_ci = mean(d) - z * s + c(-1, 1) * t * se_limit,
                      upper_ci = mean(d) + z * s + c(-1, 1) * t * se_limit,
                      slope = slope[[1]], slope_se = slope[[2]], slope_p = slope[[4]],
                      ccc = unlist(ccc))
)
write(toJSON(out, digits = 17, auto_unbox = TRUE, na = "null"), "tests/reference/agreement.json")
