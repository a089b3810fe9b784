"""What a run shows and what to do about it, from what it recorded alone.

Every rule has a measured reason (`rules.py`); what is measured of a run is its `evidence.py`.
"""
