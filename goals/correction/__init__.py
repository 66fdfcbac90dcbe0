"""Self-correction: what to try after a task failed (E-R20). Pure: no Django.

`ladder.next_rung` chooses the next try from the account's own corrections and the catalogue of the product.
"""
