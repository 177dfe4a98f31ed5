"""Invented stories of residents, in both languages, about five matters."""

from __future__ import annotations

import random

from engage.themes.results import StoryInput

BUSES = {
    "en": ["The bus to the hospital never comes on time", "Our village lost its evening bus service",
           "The last bus leaves before the shops close", "Bus fares have doubled since last year",
           "There is no bus on a Sunday so I cannot visit my sister", "The bus driver did not stop at our stop",
           "Young people cannot get to work without a bus", "Why is the bus always late in the morning"],
    "cy": ["Nid yw'r bws i'r ysbyty byth ar amser", "Collodd ein pentref y gwasanaeth bws gyda'r nos",
           "Mae'r bws olaf yn gadael cyn i'r siopau gau", "Mae pris tocyn bws wedi dyblu ers y llynedd",
           "Does dim bws ar ddydd Sul felly ni allaf ymweld â fy chwaer", "Wnaeth gyrrwr y bws ddim stopio yma",
           "Ni all pobl ifanc gyrraedd y gwaith heb fws", "Pam mae'r bws bob amser yn hwyr yn y bore"],
}  # fmt: skip
LIGHTS = {
    "en": ["The street lights have been broken for months", "It is too dark to walk home, we need lights",
           "Please repair the lamps on the path by the river", "The lights in our street go off at midnight",
           "I feel unsafe in the dark street without lights", "New street lamps would make the lane safer",
           "Put a light by the steps, it is dark there", "Half of the lamps here do not work at night"],
    "cy": ["Mae goleuadau'r stryd wedi torri ers misoedd", "Mae'n rhy dywyll i gerdded adref, mae angen golau",
           "Trwsiwch y lampau ar y llwybr wrth yr afon", "Mae'r goleuadau yn ein stryd yn diffodd am hanner nos",
           "Rwy'n teimlo'n anniogel yn y stryd dywyll heb olau", "Byddai lampau stryd newydd yn fwy diogel",
           "Rhowch olau wrth y grisiau, mae hi'n dywyll", "Dyw hanner y lampau yma ddim yn gweithio yn y nos"],
}  # fmt: skip
DOCTORS = {
    "en": ["I waited three weeks to see a doctor", "The surgery never answers the phone",
           "My mother cannot get an appointment with her doctor", "We need more nurses and doctors in the surgery",
           "The doctor's surgery in our town has closed", "The nurse was kind but the wait was too long",
           "No doctor could see me so I went to hospital", "Old people need a doctor who visits them at home"],
    "cy": ["Arhosais dair wythnos i weld meddyg", "Nid yw'r feddygfa byth yn ateb y ffôn",
           "Ni all fy mam gael apwyntiad gyda'i meddyg", "Mae angen mwy o nyrsys a meddygon yn y feddygfa",
           "Mae'r feddygfa yn ein tref wedi cau", "Roedd y nyrs yn garedig ond roedd yr aros yn rhy hir",
           "Doedd dim meddyg ar gael i fy ngweld", "Mae angen meddyg sy'n ymweld â hen bobl gartref"],
}  # fmt: skip
MATTERS = {"buses": BUSES, "lights": LIGHTS, "doctors": DOCTORS}
LETTER = (
    "We the undersigned ask the council to keep the library in the old school open on Saturdays because "
    "children and older people have nowhere else to meet and read in the warm"
)


def told(each: int = 16) -> tuple[list[StoryInput], dict[str, str]]:
    """`each` stories (at most 16) of every matter, half of them Welsh; and story id → matter."""
    stories, gold = [], {}
    for matter, texts in sorted(MATTERS.items()):
        for number in range(each):
            language = "cy" if number % 2 else "en"
            text = texts[language][number // 2]
            story = StoryInput(id=f"{matter}-{number:03d}", text=text, language=language)
            stories.append(story)
            gold[story.id] = matter
    return stories, gold


def letters(count: int, seed: int = 1) -> list[StoryInput]:
    """One letter, with a tenth of its words changed by each sender."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        words = LETTER.split()
        for place in draw.sample(range(len(words)), len(words) // 10):
            words[place] = draw.choice(["please", "really", "our", "town"])
        found.append(StoryInput(id=f"letter-{number:03d}", text=" ".join(words), language="en"))
    return found
