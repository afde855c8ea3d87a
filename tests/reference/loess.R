# The loess curve of calibration as CalibrationCurves::val.prob.ci.2 takes it: not cut off at 0 and 1.
# Run from the repository root, after risks.R: Rscript tests/reference/loess.R
# Debian packages: r-base-core, r-cran-jsonlite.
library(jsonlite)
indices <- function(y, p) {
  fitted <- predict(loess(y ~ p), p)
  gap <- abs(fitted - p)
  list(Eavg = mean(gap), E50 = median(gap), E90 = unname(quantile(gap, .9)), Emax = max(gap),
       ECI = 100 * mean(gap^2), outside = sum(fitted < 0 | fitted > 1))
}
given <- fromJSON("tests/reference/risks.json")
out <- list(R = R.version.string, risks = indices(given$y, given$p))
write(toJSON(out, digits = 15, auto_unbox = TRUE), "tests/reference/loess.json")
