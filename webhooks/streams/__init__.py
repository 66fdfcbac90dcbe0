"""Audit streams: an account's events, in the order of their seq, to a system that keeps logs (A14, decision 0041).

A stream is a cursor. The courier claims one, takes the events behind its cursor as a parcel, sends it, and moves the
cursor when the target has taken it: `claims` (lease, parcel, handing in), `formats` (the bytes), `sending` and `files`
(the ways out), `carrying` (the part of the courier's process), `actions` and `api` (what customers do).
"""
