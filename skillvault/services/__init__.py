"""One use case a module: explicit arguments, frozen results, no print and no exit."""
