"""What panels are drawn with: axes, scales, bars, dots, frames, and the widget that shows lines."""
