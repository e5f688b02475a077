"""Names for runs that nobody has named."""

from collections.abc import Callable, Sequence

_MANNERS = (
    *("able", "amber", "bold", "brave", "brisk", "calm", "clear", "coral", "crisp", "dapper", "eager", "fair"),
    *("fond", "fresh", "gentle", "glad", "golden", "grand", "happy", "hardy", "honest", "jolly", "keen", "kind"),
    *("lively", "loyal", "lucid", "lucky", "mellow", "merry", "mild", "neat", "nimble", "noble", "patient", "plucky"),
    *("proud", "quick", "quiet", "ready", "rosy", "serene", "silver", "sleek", "smooth", "sunny", "swift", "tidy"),
    *("tranquil", "true", "vivid", "warm", "wise", "witty", "young", "zesty"),
)
_ANIMALS = (
    *("agouti", "anaconda", "anteater", "armadillo", "bem-te-vi", "boto", "caiman", "capybara", "caracara", "coati"),
    *("dolphin", "egret", "falcon", "flamingo", "gecko", "hawk", "heron", "hoatzin", "ibis", "iguana", "jabiru"),
    *("jaguar", "kingfisher", "macaw", "manatee", "marmoset", "motmot", "ocelot", "opossum", "otter", "owl"),
    *("paca", "parakeet", "peccary", "piranha", "possum", "puma", "rhea", "sloth", "spoonbill", "stork"),
    *("swift", "tamarin", "tapir", "tegu", "tinamou", "toucan", "turtle", "woodpecker"),
)
_NUMBERS = tuple(str(number) for number in range(100, 1000))


def generated_name(choose: Callable[[Sequence[str]], str]) -> str:
    """Make a name such as `brisk-heron-412`."""
    return "-".join((choose(_MANNERS), choose(_ANIMALS), choose(_NUMBERS)))
