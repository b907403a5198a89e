"""What the product costs, measured on real processes and held against the budgets of the design."""
