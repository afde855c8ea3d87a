# Sample size: reference values from R, with the formulas of the papers written out here.
# Run from the repository root: Rscript tests/reference/sample_size.R
# Debian packages: r-cran-proc, r-cran-jsonlite.
suppressPackageStartupMessages({library(pROC); library(jsonlite)})
set.seed(20242)

# Areas: pROC
one <- lapply(list(list(.7, .8, 1, .05), list(.85, .9, 3, .01), list(.6, .95, .5, .1)), function(a) {
  both <- power.roc.test(auc = a[[1]], power = a[[2]], kappa = a[[3]], sig.level = a[[4]])
  side <- power.roc.test(auc = a[[1]], power = a[[2]], kappa = a[[3]], sig.level = a[[4]],
                         alternative = "one.sided")
  back <- power.roc.test(auc = a[[1]], ncases = 30, ncontrols = 30 * a[[3]], sig.level = a[[4]])
  list(auc = a[[1]], power = a[[2]], ratio = a[[3]], alpha = a[[4]], two_sided = both$ncases,
       one_sided = side$ncases, power_of_30 = back$power)
})
y <- rep(0:1, c(70, 50))
shared <- rnorm(120)
a <- round(shared + .8 * y + rnorm(120), 2)
b <- round(shared + 1.5 * y + rnorm(120), 2)
ra <- roc(y, a, levels = 0:1, direction = "<", quiet = TRUE)
rb <- roc(y, b, levels = 0:1, direction = "<", quiet = TRUE)
two <- list(y = y, a = a, b = b,
            power = power.roc.test(ra, rb, method = "delong")$power,
            swapped = power.roc.test(rb, ra, method = "delong")$power,
            ncases = power.roc.test(ra, rb, power = .9, method = "delong")$ncases,
            one_sided = power.roc.test(ra, rb, power = .9, alternative = "one.sided",
                                       method = "delong")$ncases)

# Shares: stats::power.prop.test
shares <- lapply(list(c(.5, .75, .9), c(.1, .2, .8), c(.95, .85, .8)), function(a) {
  p <- power.prop.test(p1 = a[1], p2 = a[2], power = a[3], tol = 1e-12)
  list(a = a[1], b = a[2], power = a[3], n = p$n,
       power_of_60 = power.prop.test(n = 60, p1 = a[1], p2 = a[2])$power)
})

# C-statistic to Cox-Snell R2: the likelihood of the true logistic model, integrated
r2 <- lapply(list(c(.7, .1), c(.8, .25), c(.9, .5)), function(a) {
  mu <- sqrt(2) * qnorm(a[1]); phi <- a[2]; off <- qlogis(phi) - mu^2 / 2
  ll <- phi * integrate(function(x) dnorm(x, mu) * plogis(off + mu * x, log.p = TRUE),
                        -8, mu + 10, rel.tol = 1e-11)$value +
    (1 - phi) * integrate(function(x) dnorm(x) * plogis(-off - mu * x, log.p = TRUE),
                          -10, mu + 8, rel.tol = 1e-11)$value
  null <- phi * log(phi) + (1 - phi) * log(1 - phi)
  list(c = a[1], prevalence = phi, r2 = 1 - exp(2 * (null - ll)))
})

# Riley's criteria for events, the largest R2 from a null model fitted to a large sample
events <- lapply(list(c(20, .1, .08, .9), c(5, .4, .3, .85)), function(a) {
  case <- c(rep(1, 1e4 * a[2]), rep(0, 1e4 * (1 - a[2])))
  null <- as.numeric(logLik(glm(case ~ 1, family = binomial)))
  top <- 1 - exp(2 * null / 1e4)
  size <- function(s) ceiling(a[1] / ((s - 1) * log(1 - a[3] / s)))
  second <- a[3] / (a[3] + .05 * top)
  list(parameters = a[1], prevalence = a[2], r2 = a[3], shrinkage = a[4], r2_max = top,
       n = c(size(a[4]), size(second), ceiling((1.96 / .05)^2 * a[2] * (1 - a[2]))),
       kept = max(a[4], second))
})

# A measured outcome: brute force over n, as the criteria read
measured <- lapply(list(c(25, .2, 1.9, .6), c(10, .5, 40, 12)), function(a) {
  p <- a[1]; r <- a[2]
  shrink <- function(n) 1 + (p - 2) / (n * log(1 - (r * (n - p - 1) + p) / (n - 1)))
  factor_sd <- function(n) {
    df <- n - p - 1
    sqrt(pmax(df / qchisq(.025, df), qchisq(.975, df) / df))
  }
  n <- (p + 2):20000
  one <- n[shrink(n) >= .9][1]
  two <- ceiling(1 + p * (1 - r) / .05)
  three <- n[n >= 234 & factor_sd(n) <= 1.1][1]
  margin <- function(n) qt(.975, n - p - 1) * a[4] * sqrt((1 - r) / n)
  four <- n[n >= max(one, two, three) & 1 + margin(n) / a[3] <= 1.1][1]
  list(parameters = p, r2 = r, intercept = a[3], sd = a[4], n = c(one, two, three, four),
       mean_low = a[3] - margin(four), mean_high = a[3] + margin(four))
})

# Validation: calibration slope by integration, C-statistic by search
slope <- function(density, low, high, se) {
  part <- function(k) integrate(function(x) density(x) * x^k * dlogis(x), low, high,
                                rel.tol = 1e-11, subdivisions = 2000)$value
  i <- sapply(0:2, part)
  ceiling(i[1] / (se^2 * (i[1] * i[3] - i[2]^2)))
}
area <- function(c, phi, width) {
  n <- 3:200000
  v <- c * (1 - c) * (1 + (n / 2 - 1) * ((1 - c) / (2 - c) + c / (1 + c))) / (n^2 * phi * (1 - phi))
  n[2 * 1.96 * sqrt(v) <= width][1]
}
se <- .2 / (2 * 1.96)
beta_density <- function(x) dbeta(plogis(x), 3, 4) * dlogis(x)
validation <- list(
  normal = list(mean = -1, sd = 1.2, prevalence = .3, c = .76,
                slope = slope(function(x) dnorm(x, -1, 1.2), -13, 11, se), area = area(.76, .3, .1)),
  beta = list(a = 3, b = 4, prevalence = .43, c = .7, slope = slope(beta_density, -30, 30, se),
              area = area(.7, .43, .08)),
  binormal = local({
    v <- 2 * qnorm(.82)^2; m <- qlogis(.2) - v / 2
    d <- function(x) .2 * dnorm(x, m + v, sqrt(v)) + .8 * dnorm(x, m, sqrt(v))
    cut <- qlogis(.25)
    list(prevalence = .2, c = .82, slope = slope(d, m - 12, m + v + 12, se), area = area(.82, .2, .1),
         threshold = .25, sensitivity = pnorm(cut, m + v, sqrt(v), lower.tail = FALSE),
         specificity = pnorm(cut, m, sqrt(v)))
  })
)

# Wilson's interval: the smallest n that is narrow enough
wilson <- lapply(list(c(.9, .1), c(.75, .15), c(1, .05)), function(a) {
  n <- 1:5000; z <- qnorm(.975)
  width <- 2 * z / (n + z^2) * sqrt(n * a[1] * (1 - a[1]) + z^2 / 4)
  list(share = a[1], width = a[2], n = n[width <= a[2]][1])
})

out <- list(meta = list(R = R.version.string, pROC = as.character(packageVersion("pROC"))),
            one = one, two = two, shares = shares, r2 = r2, events = events, measured = measured,
            validation = validation, wilson = wilson)
write(toJSON(out, digits = NA, auto_unbox = TRUE), "tests/reference/sample_size.json")
