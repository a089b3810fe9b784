"""Detections of every member and their scores: suppression, matching, average precision."""
