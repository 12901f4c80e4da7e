"""The demo's pictures, drawn by code: flat shapes, few colours, a little grain. Nobody in them is real."""
