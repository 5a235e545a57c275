"""UN/EDIFACT: interchanges of orders, despatch advices, invoices, transport messages and their answers."""
