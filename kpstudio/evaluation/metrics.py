"""The figures by name: what each one is, so that no number stands without its definition."""

from __future__ import annotations

from dataclasses import dataclass

DIAGONALS = "diagonals of the bounding box of the undisturbed shape"


@dataclass(frozen=True)
class Metric:
    """One quantity.

    Parameters
    ----------
    id
        Name for files.
    title
        Name for people.
    definition
        What it is, in a sentence.
    source
        Where it comes from.
    normalisation
        Unit of its thresholds; empty for one without.
    higher_is_better
        None where more is neither better nor worse.
    """

    id: str
    title: str
    definition: str
    source: str = ""
    normalisation: str = DIAGONALS
    higher_is_better: bool | None = True


_TOMBARI = "Tombari, Salti, Di Stefano 2013, doi:10.1007/s11263-012-0545-4"
_DUTAGACI = "Dutagaci, Cheung, Godil 2012, doi:10.1007/s00371-012-0746-4"
_KEYPOINTNET = "You et al. 2020, KeypointNet, arXiv:2002.12687"
_UKPGAN = "KeypointNet (arXiv:2002.12687) and UKPGAN (arXiv:2011.11974)"
_MERGER = "Shi et al. 2021, Skeleton Merger, doi:10.1109/CVPR46437.2021.00011"
_SC3K = "Zohaib, Del Bue 2023, SC3K, ICCV"
_SPHERE = "mean of the samples at 0, the farthest of them at 1"
_BOX = "bounding box centred, longest side 1"

METRICS = {
    metric.id: metric
    for metric in (
        Metric("keypoints", "Keypoints", "Mean number of keypoints on a shape.",
               normalisation="", higher_is_better=None),
        Metric("seconds", "Run time", "Median seconds of a detection on an undisturbed shape, on "
               "the machine of this run.", normalisation="", higher_is_better=False),
        Metric("relative_repeatability", "Relative repeatability",
               "Keypoints found again within the threshold, as a share of those that lie on what "
               "the disturbance left; mean over shapes.", _TOMBARI),
        Metric("absolute_repeatability", "Absolute repeatability",
               "Number of keypoints found again within the threshold; mean over shapes.",
               _TOMBARI),
        Metric("false_negative_error", "False negative error",
               "Share of annotated keypoints without a keypoint of their own within the radius "
               "along the surface; mean over shapes.", _DUTAGACI, higher_is_better=False),
        Metric("false_positive_error", "False positive error",
               "Share of keypoints that account for no annotated one within the radius along the "
               "surface; mean over shapes.", _DUTAGACI, higher_is_better=False),
        Metric("weighted_miss_error", "Weighted miss error",
               "The false negative error with annotated keypoints weighted by how many people "
               "marked them; mean over shapes.", _DUTAGACI, higher_is_better=False),
        Metric("iou_cloud", "IoU, geodesic on a cloud",
               "(n - missed) / (n + superfluous) over all shapes of a category, then the mean of "
               "categories; distances along the 20-NN graph of 2048 points.", _UKPGAN),
        Metric("iou_surface", "IoU, geodesic on the mesh",
               "The same, with distances along the surface of the mesh."),
        Metric("iou_euclidean", "IoU, Euclidean",
               "The same, with straight distances.", _MERGER),
        Metric("average_precision", "Average precision, geodesic on a cloud",
               "Area under precision over recall of all keypoints by falling confidence; mean of "
               "categories. Detectors without confidence keep their order.", _KEYPOINTNET),
        Metric("coverage_diagonals", "Coverage by diagonals",
               "1 - |D - d| / D of the diagonals of the boxes around shape and keypoints; mean "
               "over shapes.", f"{_SC3K}, as in its code", normalisation=""),
        Metric("coverage_boxes", "Coverage by boxes",
               "Volume of the intersection of both boxes over that of their union; mean over "
               "shapes.", f"{_SC3K}, as in its text", normalisation=""),
        Metric("inclusivity", "Inclusivity",
               "Share of keypoints nearer than the threshold to one of 2048 samples of the "
               "surface; mean over shapes.", _SC3K, normalisation=_SPHERE),
        Metric("das_all_references", "DAS, every shape as reference",
               "Agreement of labels transferred between all pairs of shapes, mean of both ways; "
               "mean of categories.", _MERGER, normalisation=_BOX),
        Metric("das_one_reference", "DAS, one reference",
               "The same against the first shape of the category only.",
               f"{_MERGER}, as in its text", normalisation=_BOX),
        Metric("index_agreement", "Index agreement with the first shape",
               "How often keypoint i of the first shape is nearest to keypoint i of another; asks "
               "no ground truth.", f"{_SC3K}, there called DAS", normalisation=_BOX),
    )
}  # fmt: skip
