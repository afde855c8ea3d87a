# Closed test of model updates, by hand with glm: likelihood ratios for independent cases, and
# Wald's statistics with the sandwich over patients.
#   Rscript tests/reference/update.R > tests/reference/update.json
suppressPackageStartupMessages(library(jsonlite))
set.seed(7179)
n <- 300
X <- round(matrix(rnorm(3 * n), n), 3)
patient <- rep(1:120, length.out = n)
shared <- rnorm(120)[patient]
b <- c(-0.6, 0.9, -0.5, 0.3)
lp <- as.vector(cbind(1, X) %*% b)
y <- as.integer(runif(n) < plogis(0.5 + 1.3 * lp + 0.7 * X[, 3] + 0.5 * shared))

m0 <- glm(y ~ 0 + offset(lp), family = binomial)
m1 <- glm(y ~ 1 + offset(lp), family = binomial)
m2 <- glm(y ~ lp, family = binomial)
m3 <- glm(y ~ X, family = binomial, control = list(epsilon = 1e-14))
lr <- c(m0$deviance, m1$deviance, m2$deviance) - m3$deviance
df <- c(4, 3, 2)

# the same hypotheses on the refit's coefficients: linear restrictions R b = r
D <- cbind(1, X)
p <- fitted(m3)
bread <- solve(t(D) %*% (D * p * (1 - p)))
scores <- rowsum(D * (y - p), patient)
V <- bread %*% t(scores) %*% scores %*% bread
wald <- function(R, r) {
  gap <- R %*% coef(m3) - r
  as.numeric(t(gap) %*% solve(R %*% V %*% t(R)) %*% gap)
}
R2 <- rbind(c(0, b[3], -b[2], 0), c(0, b[4], 0, -b[2]))
statistics <- c(wald(diag(4), b), wald(diag(4)[-1, ], b[-1]), wald(R2, c(0, 0)))
g <- 120
pf <- pf(statistics * (g - df) / (df * (g - 1)), df, g - df, lower.tail = FALSE)
two <- c(m0$deviance, m1$deviance) - m2$deviance
cat(toJSON(list(
  R = R.version.string, X = X, y = y, p = plogis(lp), patient = patient,
  lr = lr, lr_p = pchisq(lr, df, lower.tail = FALSE), df = df,
  wald = statistics, wald_p = pf,
  slope_lr = two, slope_p = pchisq(two, 2:1, lower.tail = FALSE)
), digits = 15, auto_unbox = TRUE))
