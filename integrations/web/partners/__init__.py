"""The pages of trading partners: their profiles, lookup tables and numbers."""
