"""BAI2: balances and transactions of accounts, as American banks report them."""
