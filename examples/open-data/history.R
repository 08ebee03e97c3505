# All closed days of all lines, with R alone. Usage: Rscript history.R https://lines.water.example
base <- commandArgs(trailingOnly = TRUE)[1]
history <- read.csv(gzcon(url(paste0(base, "/data/all.csv.gz"), "rb")))
days <- subset(history, line == "*" & measure == "attempts")
last <- days[nrow(days), ]
cat(sprintf("%s: %s contacts\n", last$date, last$value))
