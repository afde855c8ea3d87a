# Random effects between centres: reference values from R, on data simulated here.
# Run from the repository root: Rscript tests/reference/centres.R
# Debian packages: r-cran-metafor, r-cran-rms, r-cran-jsonlite.
suppressPackageStartupMessages({library(metafor); library(rms); library(jsonlite)})
set.seed(20245)
pooled <- lapply(list(c(7, .5), c(4, 0), c(12, .2), c(3, 1)), function(a) {
  k <- a[1]; value <- rnorm(k, .8, a[2]); error <- runif(k, .1, .5)
  value <- value + rnorm(k, 0, error)
  f <- rma(value, error^2, method = "REML", test = "adhoc",
           control = list(threshold = 1e-13, maxiter = 10000, stepadj = .5))
  reach <- if (k > 2) qt(.975, k - 2) * sqrt(f$tau2 + f$se^2) else NA
  list(value = value, error = error, mean = as.numeric(f$b), se = f$se, low = f$ci.lb, high = f$ci.ub,
       tau2 = f$tau2, i2 = f$I2, q = f$QE, q_p = f$QEp, prediction = as.numeric(f$b) + c(-1, 1) * reach)
})

# Risk along a distance: a restricted cubic spline of four knots
x <- round(rgamma(150, 2, scale = 4), 2)
y <- rbinom(150, 1, plogis(1 - x / 4))
knots <- as.numeric(rcspline.eval(x, nk = 4, knots.only = TRUE))
tight <- glm.control(epsilon = 1e-14, maxit = 50)
f <- glm(y ~ x + rcspline.eval(x, knots), family = binomial, control = tight)
at <- c(2, 5, 8, 11)
d <- cbind(1, at, rcspline.eval(at, knots))
lp <- as.numeric(d %*% coef(f)); se <- sqrt(rowSums((d %*% vcov(f)) * d))
wald <- function(i) { b <- coef(f)[i]; 1 - pchisq(as.numeric(b %*% solve(vcov(f)[i, i], b)), length(i)) }
v <- c(12.1, 9.4, 15.2, 8.8, 14.9, 13.3, 20.5, 18.1, 11.7, 16.4, 22.8, 19.6, 7.2, 25.1)
g <- rep(c("a", "b", "c"), c(5, 5, 4))
w <- oneway.test(v ~ g); k <- kruskal.test(v, g)
big <- matrix(c(3, 1, 4, 0, 2, 6, 5, 1, 1, 7, 2, 3), 4)
write_json(list(R = R.version.string, metafor = as.character(packageVersion("metafor")), pooled = pooled,
  position = list(x = x, y = y, at = at, risk = plogis(lp), low = plogis(lp - qnorm(.975) * se),
                  high = plogis(lp + qnorm(.975) * se), p = wald(2:4), p_nonlinear = wald(3:4)),
  groups = list(values = v, group = g, welch = list(statistic = as.numeric(w$statistic), p = w$p.value),
                kruskal = list(statistic = as.numeric(k$statistic), p = k$p.value),
                table = t(big[, 1:2]), fisher = fisher.test(big[, 1:2])$p.value,
                table3 = t(big), fisher3 = fisher.test(big, workspace = 1e7)$p.value)),
  "tests/reference/centres.json", digits = I(17), auto_unbox = TRUE)
