# Calibration, net benefit, reclassification, optimism: reference values from R, on data simulated here.
# Run from the repository root: Rscript tests/reference/risks.R
# Debian packages: r-cran-rms, r-cran-hmisc, r-cran-jsonlite.
suppressPackageStartupMessages({library(rms); library(jsonlite)})
set.seed(20244)

n <- 160
X <- matrix(round(rnorm(3 * n), 3), n)
y <- rbinom(n, 1, plogis(X[, 1] - 0.6 * X[, 2] - 0.3))
p <- round(plogis(1.4 * X[, 1] - 0.5 * X[, 2]), 4)
q <- round(plogis(0.8 * X[, 1]), 4)
d <- data.frame(y, x1 = X[, 1], x2 = X[, 2], x3 = X[, 3])

tight <- glm.control(epsilon = 1e-14, maxit = 50)
lp <- qlogis(p)
joint <- glm(y ~ lp, family = binomial, control = tight)
large <- glm(y ~ offset(lp), family = binomial, control = tight)
grid <- seq(min(p), max(p), length.out = 21)
curve <- loess(y ~ p)
fitted <- predict(curve, p)
gap <- abs(pmin(1, pmax(0, fitted)) - p)
at <- predict(curve, grid, se = TRUE)
spline <- lapply(c(3, 4, 5), function(k) {
  knots <- as.numeric(rcspline.eval(lp, nk = k, knots.only = TRUE))
  f <- glm(y ~ lp + rcspline.eval(lp, knots), family = binomial, control = tight)
  x <- cbind(1, qlogis(grid), rcspline.eval(qlogis(grid), knots))
  s <- list(linear.predictors = x %*% coef(f), se.fit = sqrt(rowSums((x %*% vcov(f)) * x)))
  list(n_knots = k, knots = knots, fit = plogis(s$linear.predictors),
       low = plogis(s$linear.predictors - qnorm(.975) * s$se.fit),
       high = plogis(s$linear.predictors + qnorm(.975) * s$se.fit))
})
v <- val.prob(p, y, pl = FALSE)
groups <- cut(p, unique(quantile(p, 0:10 / 10)), include.lowest = TRUE)
o <- tapply(y, groups, sum); e <- tapply(p, groups, sum); m <- as.numeric(table(groups))
hl <- sum((o - e)^2 / e + (o - e)^2 / (m - e))

benefit <- lapply(c(.1, .25, .5), function(t) {
  x <- ifelse(y == 1, 1, -t / (1 - t)) * (p >= t); z <- ifelse(y == 1, 1, -t / (1 - t)) * (q >= t)
  se <- function(u) sqrt(mean((u - mean(u))^2) / n)
  all <- mean(y) - mean(!y) * t / (1 - t)
  list(t = t, net_benefit = mean(x), se = se(x), difference = mean(x - z), se_difference = se(x - z),
       avoided = 100 * (mean(x) - all) * (1 - t) / t)
})
improved <- unclass(improveProb(q, p, y))
cuts <- c(.2, .5)
step <- findInterval(p, cuts) - findInterval(q, cuts)
change <- function(k, better) mean(sign(step[y == k]) == better) - mean(sign(step[y == k]) == -better)

fit <- lrm(y ~ x1 + x2 + x3, d, x = TRUE, y = TRUE)
validated <- lapply(1:6, function(seed) { set.seed(seed); rms::validate(fit, B = 300) })
rows <- c("Dxy", "R2", "Intercept", "Slope", "B")
optimism <- sapply(rows, function(r) list(apparent = validated[[1]][r, "index.orig"],
  mean = mean(sapply(validated, function(v) v[r, "index.corrected"])),
  sd = sd(sapply(validated, function(v) v[r, "index.corrected"]))), simplify = FALSE)
brier <- (p - y)^2 - (q - y)^2
pick <- function(f) { s <- coef(summary(f)); list(value = unname(s[, 1]), se = unname(s[, 2])) }
out <- list(R = R.version.string, rms = as.character(packageVersion("rms")), X = X, y = y, p = p, q = q,
  joint = pick(joint), in_the_large = pick(large), grid = grid,
  loess = list(fit = unname(at$fit), se = unname(at$se.fit), ici = mean(gap), e50 = median(gap),
               e90 = unname(quantile(gap, .9)), emax = max(gap)),
  spline = spline, val_prob = as.list(v[c("Brier", "U:Chi-sq", "U:p", "S:z", "S:p")]),
  hosmer_lemeshow = list(statistic = hl, p_external = 1 - pchisq(hl, length(o)),
                         p_apparent = 1 - pchisq(hl, length(o) - 2)),
  brier_difference = list(value = mean(brier), se = sd(brier) / sqrt(n)), benefit = benefit,
  improve = improved[c("nri", "se.nri", "nri.ev", "nri.ne", "idi", "se.idi")],
  cuts = cuts, nri_event = change(1, 1), nri_nonevent = change(0, -1), optimism = optimism)

write_json(out, "tests/reference/risks.json", digits = I(17), auto_unbox = TRUE)
