# What spdep and spatialreg compute for the cases that independent.py lays out: Rscript independent.R FOLDER
# Every case is a folder with values.csv (a row a region) and weights.csv; answers go to answers.csv beside them.
suppressPackageStartupMessages({library(sf); library(spdep); library(spatialreg)})
folder <- commandArgs(TRUE)[1]
answers <- NULL
say <- function(case, quantity, values) {
  values <- as.numeric(values)
  answers <<- rbind(answers, data.frame(case, quantity, place = seq_along(values), value = values))
}
listed <- function(w, style) mat2listw(w, style = style)
for (case in list.dirs(folder, recursive = FALSE, full.names = FALSE)) {
  read <- function(name) read.csv(file.path(folder, case, name))
  kind <- sub("-.*", "", case)
  if (kind == "map") {
    shapes <- st_read(file.path(folder, case, "regions.geojson"), quiet = TRUE)
    suppressMessages(sf_use_s2(FALSE))
    suppressWarnings(suppressMessages(nb <- poly2nb(shapes, snap = 1e-9)))
    say(case, "contiguity", nb2mat(nb, style = "B", zero.policy = TRUE))
    next
  }
  values <- read("values.csv")
  w <- as.matrix(read("weights.csv"))
  dimnames(w) <- NULL
  own <- listed(w, "M")
  rows <- listed(w / rowSums(w), "M")
  if (kind == "moran") {
    y <- values$y
    for (randomisation in c(FALSE, TRUE)) {
      name <- if (randomisation) "randomisation" else "normality"
      for (side in c("greater", "less", "two.sided")) {
        found <- moran.test(y, own, randomisation = randomisation, alternative = side)
        say(case, paste("p", name, side), found$p.value)
      }
      say(case, paste("z", name), found$statistic)
      say(case, paste("variance", name), found$estimate[3])
    }
    say(case, "moran_i", found$estimate[1])
    say(case, "expected_i", found$estimate[2])
    local <- localmoran(y, rows)
    for (column in c("Ii", "E.Ii", "Var.Ii", "Z.Ii")) say(case, column, local[, column])
    for (side in c("greater", "less", "two.sided")) say(case, paste("p local", side), localmoran(y, rows, alternative = side)[, 5])
    codes <- c("High-High" = 1, "Low-High" = 2, "Low-Low" = 3, "High-Low" = 4)
    for (axes in c("pysal", "mean")) say(case, paste("quadrant", axes), codes[as.character(attr(local, "quadr")[[axes]])])
    say(case, "geary_c", geary.test(y, own)$estimate[1])
    star <- listed(w + diag(apply(w, 1, max)), "M")
    attr(star$neighbours, "self.included") <- TRUE
    say(case, "g_star", localG(y, star))
    say(case, "bivariate_i", moran_bv(y, values$x, rows, nsim = 9)$t0)
    say(case, "false_discovery", p.adjust(values$p, "BH"))
    for (side in c("greater", "less")) {
      residual <- try(suppressWarnings(lm.morantest.exact(lm(y ~ x, values), own, alternative = side)), silent = TRUE)
      if (!inherits(residual, "try-error")) say(case, paste("residual", side), c(residual$estimate, residual$p.value))
    }
  } else {
    data <- as.data.frame(scale(values) * sqrt(nrow(values) / (nrow(values) - 1)))
    lag <- lagsarlm(y ~ x1 + x2, data, rows, tol.solve = 1e-14, control = list(tol.opt = 1e-12))
    error <- errorsarlm(y ~ x1 + x2, data, rows, tol.solve = 1e-14, control = list(tol.opt = 1e-12))
    say(case, "lag", c(coef(lag)[c("x1", "x2")], lag$rho))
    say(case, "error", c(coef(error)[c("x1", "x2")], error$lambda))
    one <- lagsarlm(y ~ x1, values, rows, tol.solve = 1e-14, control = list(tol.opt = 1e-12))
    other <- errorsarlm(y ~ x1, values, rows, tol.solve = 1e-14, control = list(tol.opt = 1e-12))
    spread <- impacts(one, listw = rows)
    say(case, "convergence", c(coef(one)["x1"], one$rho, spread$direct, spread$total, AIC(one)))
    say(case, "convergence error", c(coef(other)["x1"], other$lambda, AIC(other)))
    effects <- impacts(lag, listw = rows)
    say(case, "direct", effects$direct)
    say(case, "indirect", effects$indirect)
  }
}
write.csv(answers, file.path(folder, "answers.csv"), row.names = FALSE)
versions <- c(spdep = packageVersion("spdep"), spatialreg = packageVersion("spatialreg"))
writeLines(paste(names(versions), sapply(versions, as.character)), file.path(folder, "versions.txt"))
