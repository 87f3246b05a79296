"""From failure record to repaired: the law, the nine rooms, the models, the verbs, and the pages of each audience."""
