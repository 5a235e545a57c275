"""Files of delimited records of several types: header, details, trailer."""
