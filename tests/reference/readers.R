# A simulated reader study (6 readers, 3 a group, 2 modalities, 60 cases, a model), analysed with
# pROC's DeLong covariances, aov and the published formulas of Obuchowski and Rockette, Hillis.
# Rscript tests/reference/readers.R > tests/reference/readers.json
suppressMessages({library(pROC); library(jsonlite)})
set.seed(20)
n <- 60; r <- 6; y <- rep(0:1, length.out = n)
case <- rnorm(n); skill <- rnorm(r, 0, 0.3)
score <- array(0, c(2, r, n))
for (i in 1:2) for (j in 1:r)
  score[i, j, ] <- round((1.1 + 0.4 * (i == 1) + skill[j] + rnorm(1, 0, 0.15)) * y + case + rnorm(n), 1)
model <- round(1.8 * y + case + rnorm(n), 2)

rocs <- list(); name <- c()
for (i in 1:2) for (j in 1:r) rocs[[length(rocs) + 1]] <- roc(y, score[i, j, ], direction = "<", quiet = TRUE)
rocs[[length(rocs) + 1]] <- roc(y, model, direction = "<", quiet = TRUE)
k <- length(rocs)
area <- sapply(rocs, function(x) as.numeric(x$auc))
V <- matrix(0, k, k)
for (a in 1:k) for (b in 1:k)
  V[a, b] <- if (a == b) var(rocs[[a]], method = "delong") else cov(rocs[[a]], rocs[[b]], method = "delong")

# two modalities, random readers and cases
m <- expand.grid(reader = 1:r, modality = 1:2)
table <- data.frame(auc = area[1:12], reader = factor(m$reader), modality = factor(m$modality))
ms <- summary(aov(auc ~ modality * reader, table))[[1]][["Mean Sq"]]
S <- V[1:12, 1:12]
same_m <- outer(m$modality, m$modality, "=="); same_r <- outer(m$reader, m$reader, "==")
cov1 <- mean(S[!same_m & same_r]); cov2 <- mean(S[same_m & !same_r]); cov3 <- mean(S[!same_m & !same_r])
den <- ms[3] + r * max(cov2 - cov3, 0)
df2 <- den^2 / (ms[3]^2 / (r - 1))
f <- ms[1] / den
mrmc <- list(f = f, df2 = df2, p = pf(f, 1, df2, lower.tail = FALSE), cov = c(cov1, cov2, cov3), ms = ms[1:3],
             difference = mean(area[1:6]) - mean(area[7:12]), se = sqrt(2 / r * den))
fixed <- mean(diag(S)) - cov1 + (r - 1) * (cov2 - cov3)
mrmc$fixed_p <- pchisq(ms[1] / fixed, 1, lower.tail = FALSE)

# groups of three in the first modality, readers nested
x <- area[1:6]; g <- rep(1:2, each = 3); G <- V[1:6, 1:6]
within <- summary(aov(x ~ factor(g)))[[1]][["Mean Sq"]][2]
inside <- mean(c(G[1:3, 1:3][!diag(3)], G[4:6, 4:6][!diag(3)])); across <- mean(G[1:3, 4:6])
extra <- 2 * max(inside - across, 0); own <- within * 2 / 3
gap <- mean(x[1:3]) - mean(x[4:6]); df <- (own + extra)^2 / (own^2 / 4)
groups <- list(difference = gap, se = sqrt(own + extra), df = df, p = 2 * pt(-abs(gap) / sqrt(own + extra), df))

# the model against the average reader of the first modality
L <- cbind(-diag(6), 0 * diag(6), 1)
D <- L %*% V %*% t(L); d <- as.numeric(L %*% area)
c2 <- mean(D[!diag(6)]); total <- var(d) + 6 * max(c2, 0)
alone <- list(difference = mean(d), se = sqrt(total / 6), df = total^2 / (var(d)^2 / 5), cov2 = c2)
alone$p <- 2 * pt(-abs(alone$difference / alone$se), alone$df)

cat(toJSON(list(R = R.version.string, pROC = as.character(packageVersion("pROC")),
  y = y, score = score, model = model, area = area, covariance = V,
  mrmc = mrmc, groups = groups, alone = alone), digits = NA, auto_unbox = TRUE))
