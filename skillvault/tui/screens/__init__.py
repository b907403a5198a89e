"""The places that one can be in: one module and one `.tcss` each."""
