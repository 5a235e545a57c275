"""Excel workbooks: rows of one sheet of an .xlsx file."""
