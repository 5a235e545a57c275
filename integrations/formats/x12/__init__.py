"""ASC X12: purchase orders, invoices, shipping, health care claims and their acknowledgements."""
