"""One module a keypoint format; `registry` is the way in."""
