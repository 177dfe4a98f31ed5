"""Starting a run, naming a theme."""

from wtforms import IntegerField
from wtforms.validators import NumberRange

from engage.core.forms import Form, Optional
from engage.core.texts import two_sided
from translations import N_


class RunForm(Form):
    themes = IntegerField(
        N_("Number of themes"),
        [Optional(), NumberRange(2, 60, N_("Enter a whole number from 2 to 60, or leave it empty"))],
        description=N_(
            "Leave it empty to take the number that holds most steadily when a tenth of the stories is left out."
        ),
    )


@two_sided("note", N_("Note"), limit=1000, area=True)
@two_sided("name", N_("Name of the theme"), limit=120)
class ThemeForm(Form):
    pass
