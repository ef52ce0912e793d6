"""The benchmark against others: who takes part, what each took, and what each failed to get."""
