"""ACH files by the Nacha layout: payments, returns and changes in batches of 94-character records."""
