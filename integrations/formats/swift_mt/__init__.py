"""SWIFT MT messages: payments and statements in blocks of tagged fields."""
