"""Where the inputs come from: downloads, conversions and the sample corpus."""
