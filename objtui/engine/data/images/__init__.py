"""Rows from images with boxes: COCO files and synthetic scenes, cut into dense anchors."""
