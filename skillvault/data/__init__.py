"""Files that are part of the product: word list, texts, example skills."""
