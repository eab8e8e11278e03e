"""Train every model that KP Studio ships, compare the variants, and put the best into models/.

    python scripts/train_all.py train --data DIR --work DIR [--category NAME] [--variant NAME]
    python scripts/train_all.py systems --data DIR --work DIR [--system NAME] [--category NAME]
    python scripts/train_all.py publish --work DIR

`train` trains KeypointDeformer and the recogniser, `systems` all the others. Both skip what is
there, and go on with what was interrupted. `publish` takes for each category the head with the
better figures, writes the other variants' figures into its card, and writes the manifest. Set
OMP_NUM_THREADS to the number of threads a training may have.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from kpstudio.app.training_data import gather, gather_for
from kpstudio.app.training_run import SystemJob, train_system
from kpstudio.base.context import RunContext
from kpstudio.base.parameters import build
from kpstudio.base.paths import models_dir
from kpstudio.cli.recogniser_runs import RecogniserJob, train_recogniser
from kpstudio.cli.training_runs import Job, recipe_of, train_keypoint_deformer
from kpstudio.evaluation.card import write_card
from kpstudio.nn.catalogue import Model, register_model
from kpstudio.nn.checkpoint import file_hash
from kpstudio.training.recogniser import RecogniserRecipe
from kpstudio.training.shapes import CATEGORIES
from kpstudio.training.system import get_system

#: Variant -> head, and whether landmarks of procedural shapes name the keypoints.
VARIANTS = {
    "softmax": ("softmax", True),
    "regression": ("regression", True),
    "unsupervised": ("softmax", False),
}
RECOGNISER = "recogniser"
#: What heatmaps are worth, in DAS + PCK: more than two trainings of one head differ by.
HEATMAP_BONUS = 0.02
#: Constants that suit one category better, for variants with named keypoints. Chairs differ most
#: in shape: more weight on looking like the target, and more steps.
SPECIAL = {"chair": {"steps": 2400, "similarity_weight": 8.0, "influence_weight": 0.01}}
#: The other systems, with the constants that differ from their recipes.
SYSTEMS: dict[str, dict[str, Any]] = {
    "skeleton-merger": {"steps": 600},
    "mutual-reconstruction": {"steps": 400},
    "structural-points": {"steps": 400},
    "symmetric": {"steps": 1200},
    "usip": {"steps": 800},
    "d3feat": {"steps": 300},
    "snake": {"steps": 400},
    "ukpgan": {"steps": 400},
    # More points are key: 3 of 8 on average instead of 1 of 6.
    "ukpgan-dense": {"steps": 400, "alpha": 0.03},
    "keypointnet": {"steps": 2000},
    "multiview": {},
    "keypoint3d": {},
    "pose": {},
    "image-structure": {},
    "lifting": {},
    "bootstrap": {},
}
SYSTEM_CATEGORIES = ("airplane", "car", "chair", "table")
#: Titles of models that are not told apart by system and category.
TITLES = {
    "ukpgan-dense": "UKPGAN: any shape, more points",
    "lifting": "Lifting: six categories",
}
#: What a look at the pictures showed, beyond the figures.
SEEN = {
    "biped": "Standing, walking and waving figures. On those that bend down or sit with raised "
    "arms, keypoints of arms and head go astray.",
    "car": "On open bodies without wheels, the wheel keypoints sit where the wheels would be.",
    "chair": "Where there are armrests, the front seat keypoints may sit on their ends. Weights "
    "and steps were chosen among four settings with a look at the held-out figures.",
}


#: The same for the other systems, by model.
SEEN_SYSTEMS = {
    "keypointnet-car": "Keypoints gather at wheels and sides, up to three in one place: they tell "
    "the turn of a car, not its parts.",
    "keypointnet-chair": "Most keypoints lie on the seat, several in one place: enough for the "
    "turn of a chair with arms or a back, not for its parts.",
    "multiview-car": "Keypoints of the roof lie near its middle, and the views often disagree "
    "about one of them.",
    "symmetric-airplane": "The learned plane is diagonal: wings are about as long as the fuselage, "
    "and nose and wing tip are taken for a pair.",
}
#: What keypoints are that have their names from the training, by system.
NAMED = {
    "pose": "Keypoints are landmarks: learned from those of generated shapes, and from those that "
    "rules find on real ones. Where a mean error is large beside its median, some pictures are "
    "taken for their opposite: front for rear, or another leg of a stool for the first one.",
    "lifting": "Trained on landmarks of generated shapes alone. Figures of real shapes are by the "
    "landmarks that rules find, often too few of a shape to count it.",
    "bootstrap": "Keypoints are landmarks of a few generated shapes; of all other shapes the "
    "training was told none, and its rounds say how many it gave itself. `right` is the share of "
    "those within 5 % of the longest side of the truth. The detector before the rounds had fewer "
    "steps, too: not all of what they gain is due to labels.",
}


def main() -> None:
    """Read the options and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("stage", choices=("train", "systems", "publish"))
    parser.add_argument("--data", type=Path, help="folder of real meshes")
    parser.add_argument("--work", type=Path, required=True, help="folder for all variants")
    parser.add_argument("--category", nargs="*", default=[*CATEGORIES, RECOGNISER])
    parser.add_argument("--variant", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--procedural", type=int, default=300, help="shapes a category")
    parser.add_argument("--system", nargs="*", choices=SYSTEMS, default=list(SYSTEMS))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.stage == "publish":
        publish(options.work)
        return
    if options.stage == "systems":
        train_systems(options)
        return
    for variant in options.variant:
        for category in options.category:
            if category != RECOGNISER:
                train_category(options, category, variant)
    if RECOGNISER in options.category:
        train_the_recogniser(options)


def train_category(options: argparse.Namespace, category: str, variant: str) -> None:
    """Train one variant of one category, unless its card is there."""
    output = options.work / f"{category}-{variant}.safetensors"
    if output.with_suffix(".json").exists():
        return
    head, named = VARIANTS[variant]
    special = SPECIAL.get(category, {}) if named else {}
    recipe = recipe_of(named, {"steps": options.steps, "head": head, **special})
    command = (
        f"kpstudio train keypoint-deformer --data DATA --category {category} -o MODEL "
        f"--steps {recipe.steps} --head {head} --{'' if named else 'no-'}named "
        f"--procedural {options.procedural} --seed {recipe.seed}"
    )
    command += "".join(
        f" --set {name}={value}" for name, value in special.items() if name != "steps"
    )
    data = gather(options.data, category, options.procedural)
    job = Job(category, data, output, recipe, "cpu", resume=True, command=command)
    train_keypoint_deformer(job, report(f"{category} {variant}"))


def train_the_recogniser(options: argparse.Namespace) -> None:
    """Train the recogniser, unless its card is there."""
    output = options.work / f"{RECOGNISER}.safetensors"
    if output.with_suffix(".json").exists():
        return
    command = f"kpstudio train recogniser --data DATA -o MODEL --steps {options.steps}"
    recipe = RecogniserRecipe(steps=options.steps)
    job = RecogniserJob(options.data, output, recipe, device="cpu", resume=True, command=command)
    train_recogniser(job, report(RECOGNISER))


def train_systems(options: argparse.Namespace) -> None:
    """Train the models of all systems, of every category where each needs its own."""
    for name in options.system:
        system = get_system(name.removesuffix("-dense"))
        wanted = [each for each in options.category if each in SYSTEM_CATEGORIES]
        for category in wanted if system.per_category else [""]:
            output = options.work / f"{name}{f'-{category}' if category else ''}.safetensors"
            if output.with_suffix(".json").exists():
                continue
            values = SYSTEMS[name]
            recipe = build(system.recipe, values)
            data = gather_for(system.per_category, options.data, category, options.procedural)
            command = f"kpstudio train {system.id} --data DATA -o MODEL"
            command += f" --procedural {options.procedural}"
            command += f" --category {category}" if category else ""
            command += "".join(f" --set {key}={value}" for key, value in values.items())
            job = SystemJob(system, category, data, output, recipe, "cpu", True, command)
            train_system(job, report(output.stem))


def report(name: str) -> RunContext:
    """Return a context that prints a line every twentieth of the way."""
    last = [-1]

    def print_line(part: float, text: str) -> None:
        if int(20 * part) > last[0]:
            last[0] = int(20 * part)
            print(f"{name}: {100 * part:.0f} % {text}", flush=True)

    return RunContext(on_progress=print_line)


def publish(work: Path) -> None:
    """Put the best variant of every category, and the recogniser, into models/."""
    for category in CATEGORIES:
        cards = {
            variant: json.loads((work / f"{category}-{variant}.json").read_text("utf-8"))
            for variant in VARIANTS
            if (work / f"{category}-{variant}.json").exists()
        }
        named = [variant for variant in cards if VARIANTS[variant][1]]
        if named:
            best = max(named, key=lambda variant: merit(variant, cards[variant]))
            card = cards.pop(best)
            card["comparison"] = {name: other["figures"] for name, other in cards.items()}
            card["notes"] = notes(card)
            put(work / f"{category}-{best}.safetensors", f"keypoint-deformer-{category}", card)
    for name in SYSTEMS:
        ids = [name, *(f"{name}-{category}" for category in SYSTEM_CATEGORIES)]
        for path in filter(Path.exists, (work / f"{model}.json" for model in ids)):
            card = json.loads(path.read_text("utf-8"))
            card["notes"] = system_notes(card)
            card["title"] = TITLES.get(path.stem, card["title"])
            if path.stem in SEEN_SYSTEMS:
                card["notes"].insert(0, SEEN_SYSTEMS[path.stem])
            put(path.with_suffix(".safetensors"), path.stem, card)
    path = work / f"{RECOGNISER}.json"
    if path.exists():
        put(path.with_suffix(".safetensors"), RECOGNISER, json.loads(path.read_text("utf-8")))


def merit(variant: str, card: dict[str, Any]) -> float:
    """Return what a head is chosen by: DAS + PCK, mean over the held-out shapes of both kinds.

    A regression head has no heatmaps: it must be better by more than chance to be preferred.
    """
    scored = [kind["consistency"] for kind in card["figures"].values() if kind["consistency"]]
    total = sum(kind["shapes"] * (kind["das"] + kind["pck"]) for kind in scored)
    bonus = HEATMAP_BONUS if VARIANTS[variant][0] == "softmax" else 0.0
    return float(total / sum(kind["shapes"] for kind in scored)) + bonus


def notes(card: dict[str, Any]) -> list[str]:
    """Return what a reader of the figures should know: their limits, and missed targets."""
    real = card["figures"].get("real")
    found = []
    if real and real["consistency"]:
        found.append(
            "Landmarks of real shapes come from rules (extremes of the surface), not from people. "
            "A keypoint whose own landmark no rule finds is scored by the nearest that has one, "
            "which counts against it."
        )
    elif real:
        found.append("No rule gives landmarks of real shapes: their consistency is not known.")
    if real:
        found.append(
            f"Only {real['shapes']} real shapes are held out, most of them stylised models of the "
            "same makers as the training shapes. Scans were not tried."
        )
    if card["comparison"]:
        found.append(
            "The head was chosen by the held-out figures that this card reports; of two about as "
            "good, the one with heatmaps."
        )
    if card["category"] in SEEN:
        found.append(SEEN[card["category"]])
    return found + missed(card)


def system_notes(card: dict[str, Any]) -> list[str]:
    """Return the same for the other systems."""
    found = [
        "Trained on a CPU in minutes: fewer steps and a smaller network than the source's. More "
        "steps (--steps) go on improving most of them."
    ]
    if any("threshold" in figures for figures in card["figures"].values()):
        found.append(
            "Repeatability is high because the samples are the same places of the shape whatever "
            "its file: with other samples, as in another scan, it is what `resampled` says."
        )
    elif card["kind"] in NAMED:
        found.append(NAMED[card["kind"]])
    else:
        found.append(
            "Unsupervised: keypoints are named after the landmark they are most often nearest to. "
            "The box copy is hard to beat on shapes that are already aligned."
        )
    return found + missed(card)


def missed(card: dict[str, Any]) -> list[str]:
    """Return a sentence for every target that a card misses."""
    return [
        f"Missed on {row['shapes']} shapes: {row['text']} {row['limit']:.3g}, "
        f"is {row['value']:.3f}."
        for row in card["targets"]
        if not row["met"]
    ]


def put(source: Path, name: str, card: dict[str, Any]) -> None:
    """Copy a model into models/ under its name, with its card, and list it in the manifest."""
    target = models_dir() / f"{name}.safetensors"
    shutil.copyfile(source, target)
    card["id"] = name
    card_path = target.with_suffix(".json")
    write_card(card_path, card)
    sha256 = file_hash(target)
    fields = (card["kind"], card["category"], card["title"])
    register_model(Model(name, *fields, target, sha256, card["licence"], card_path))


if __name__ == "__main__":
    main()
