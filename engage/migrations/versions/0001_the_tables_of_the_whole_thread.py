"""the tables of the whole thread"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit_event",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        info={"retention": "7 years, then deleted"},
    )
    op.create_index(
        op.f("ix_audit_event_subject_kind_subject_id_at"),
        "audit_event",
        ["subject_kind", "subject_id", "at"],
        unique=False,
    )
    op.create_table(
        "ballot",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("web", "event", "kiosk", "paper", name="channel", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("slot", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("choices", sa.String(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("earlier", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("cast", "removed", "void", name="ballotstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("round_id", "slot", name=op.f("pk_ballot")),
        sa.UniqueConstraint(
            "round_id", "contest_id", "key_hash", name=op.f("uq_ballot_round_id_contest_id_key_hash")
        ),
        info={"retention": "with the round: it can be recounted"},
        postgresql_partition_by="LIST (round_id)",
    )
    op.create_table(
        "failure",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failure")),
        info={"retention": "10 minutes after the last wrong try"},
    )
    op.create_table(
        "outbox",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unique_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("progress_message", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_class", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(state = 'leased') = (lease_token is not null)", name=op.f("ck_outbox_lease")),
        sa.CheckConstraint(
            "state in ('waiting', 'leased', 'done', 'failed', 'cancelled')", name=op.f("ck_outbox_state")
        ),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_outbox_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        info={"retention": "done and cancelled: 90 days; failed: until retried or cancelled"},
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due"],
        unique=False,
        postgresql_where=sa.text("state in ('waiting', 'leased')"),
    )
    op.create_index(
        "ix_outbox_ended_at",
        "outbox",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index("uq_outbox_job_unique_key", "outbox", ["job", "unique_key"], unique=True)
    op.create_table(
        "partnership",
        sa.Column("slug_cy", sa.String(), nullable=False),
        sa.Column("slug_en", sa.String(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("slug_cy", name=op.f("uq_partnership_slug_cy")),
        sa.UniqueConstraint("slug_en", name=op.f("uq_partnership_slug_en")),
        info={"retention": "while the organisation uses the platform"},
    )
    op.create_table(
        "person",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("language IN ('cy', 'en')", name=op.f("ck_person_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        info={"retention": "while employed, then deleted by an administrator"},
    )
    op.create_index("uq_person_email", "person", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "roll",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("ward_code", sa.String(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("issued", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("round_id", "id", name=op.f("pk_roll")),
        sa.UniqueConstraint("round_id", "code_hash", name=op.f("uq_roll_round_id_code_hash")),
        sa.UniqueConstraint("round_id", "reference", name=op.f("uq_roll_round_id_reference")),
        info={"retention": "6 months after the result, then the round's partition is dropped"},
        postgresql_partition_by="LIST (round_id)",
    )
    op.create_table(
        "roll_mark",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column(
            "issued", sa.Enum("pass", "paper", name="issued", native_enum=False, length=20), nullable=False
        ),
        sa.Column("address_signal", sa.LargeBinary(), nullable=True),
        sa.Column("device_signal", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("round_id", "mark", name=op.f("pk_roll_mark")),
        info={"retention": "dropped when the box is sealed"},
        postgresql_partition_by="LIST (round_id)",
    )
    op.create_table(
        "thread",
        sa.Column("from_kind", sa.String(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("from_titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("from_addresses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("to_kind", sa.String(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("to_titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("to_addresses", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        info={"retention": "as long as the things at its ends; a withdrawn story's arrows go with it"},
    )
    op.create_index(op.f("ix_thread_to_kind_to_id"), "thread", ["to_kind", "to_id"], unique=False)
    op.create_index("uq_thread_ends", "thread", ["from_kind", "from_id", "to_kind", "to_id"], unique=True)
    op.create_table(
        "campaign",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("slug_cy", sa.String(), nullable=False),
        sa.Column("slug_en", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prompt", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("promise", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("feedback_by", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (published_at IS NOT NULL) OR ((title->'cy'->>'state' = 'approved' AND title->'cy'->>'stale' = 'false') AND (title->'en'->>'state' = 'approved' AND title->'en'->>'stale' = 'false') AND (summary->'cy'->>'state' = 'approved' AND summary->'cy'->>'stale' = 'false') AND (summary->'en'->>'state' = 'approved' AND summary->'en'->>'stale' = 'false') AND (prompt->'cy'->>'state' = 'approved' AND prompt->'cy'->>'stale' = 'false') AND (prompt->'en'->>'state' = 'approved' AND prompt->'en'->>'stale' = 'false') AND (promise->'cy'->>'state' = 'approved' AND promise->'cy'->>'stale' = 'false') AND (promise->'en'->>'state' = 'approved' AND promise->'en'->>'stale' = 'false'))",
            name=op.f("ck_campaign_both_sides"),
        ),
        sa.CheckConstraint(
            "opens <= closes AND closes <= feedback_by", name=op.f("ck_campaign_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_campaign_partnership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug_cy", name=op.f("uq_campaign_slug_cy")),
        sa.UniqueConstraint("slug_en", name=op.f("uq_campaign_slug_en")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(op.f("ix_campaign_partnership_id"), "campaign", ["partnership_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_organisation_partnership_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        info={"retention": "while the organisation uses the platform"},
    )
    op.create_index(op.f("ix_organisation_partnership_id"), "organisation", ["partnership_id"], unique=False)
    op.create_table(
        "single_use_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_single_use_link_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_single_use_link")),
        info={"retention": "until used, or 7 days"},
    )
    op.create_index(op.f("ix_single_use_link_person_id"), "single_use_link", ["person_id"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
        info={"retention": "12 hours after signing in"},
    )
    op.create_index(op.f("ix_staff_session_person_id"), "staff_session", ["person_id"], unique=False)
    op.create_table(
        "ward",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("name_cy", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name=op.f("fk_ward_partnership_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ward")),
        info={"retention": "while the organisation uses the platform"},
    )
    op.create_index(op.f("ix_ward_partnership_id"), "ward", ["partnership_id"], unique=False)
    op.create_table(
        "campaign_part",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("may", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_part_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_campaign_part_organisation_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organisation_id", name=op.f("pk_campaign_part")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(
        op.f("ix_campaign_part_organisation_id"), "campaign_part", ["organisation_id"], unique=False
    )
    op.create_table(
        "commitment",
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "not-started",
                "under-way",
                "done",
                "changed",
                "dropped",
                name="status",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (published_at IS NOT NULL) OR ((title->'cy'->>'state' = 'approved' AND title->'cy'->>'stale' = 'false') AND (title->'en'->>'state' = 'approved' AND title->'en'->>'stale' = 'false'))",
            name=op.f("ck_commitment_both_sides"),
        ),
        sa.CheckConstraint("source_kind IN ('response', 'project')", name=op.f("ck_commitment_source_kind")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_commitment_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(op.f("ix_commitment_owner_id"), "commitment", ["owner_id"], unique=False)
    op.create_index("ix_commitment_source", "commitment", ["source_kind", "source_id"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_import_batch_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        info={"retention": "as long as the campaign"},
    )
    op.create_index(op.f("ix_import_batch_campaign_id"), "import_batch", ["campaign_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "officer",
                "moderator",
                "translator",
                "partner",
                "scrutiny",
                name="role",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "role", name=op.f("uq_membership_person_id_organisation_id_role")
        ),
        info={"retention": "while the organisation uses the platform"},
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False)
    op.create_table(
        "round",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("slug_cy", sa.String(), nullable=False),
        sa.Column("slug_en", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("purpose", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "ideas",
                "checking",
                "shortlist",
                "voting",
                "counting",
                "decided",
                "delivering",
                "closed",
                "cancelled",
                name="phase",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("voting_opens", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voting_closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules_hash", sa.LargeBinary(), nullable=True),
        sa.Column("secret_fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (published_at IS NOT NULL) OR ((title->'cy'->>'state' = 'approved' AND title->'cy'->>'stale' = 'false') AND (title->'en'->>'state' = 'approved' AND title->'en'->>'stale' = 'false') AND (summary->'cy'->>'state' = 'approved' AND summary->'cy'->>'stale' = 'false') AND (summary->'en'->>'state' = 'approved' AND summary->'en'->>'stale' = 'false') AND (purpose->'cy'->>'state' = 'approved' AND purpose->'cy'->>'stale' = 'false') AND (purpose->'en'->>'state' = 'approved' AND purpose->'en'->>'stale' = 'false'))",
            name=op.f("ck_round_both_sides"),
        ),
        sa.CheckConstraint("voting_opens < voting_closes", name=op.f("ck_round_dates")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_round_organisation_id")
        ),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name=op.f("fk_round_partnership_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["round.id"], name=op.f("fk_round_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("slug_cy", name=op.f("uq_round_slug_cy")),
        sa.UniqueConstraint("slug_en", name=op.f("uq_round_slug_en")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_index(op.f("ix_round_organisation_id"), "round", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_round_partnership_id"), "round", ["partnership_id"], unique=False)
    op.create_table(
        "theme_run",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_run_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_run")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(op.f("ix_theme_run_campaign_id"), "theme_run", ["campaign_id"], unique=False)
    op.create_table(
        "bundle_part",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_bundle_part_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "name", name=op.f("pk_bundle_part")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_table(
        "commitment_update",
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "not-started",
                "under-way",
                "done",
                "changed",
                "dropped",
                name="status",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (true) OR ((text->'cy'->>'state' = 'approved' AND text->'cy'->>'stale' = 'false') AND (text->'en'->>'state' = 'approved' AND text->'en'->>'stale' = 'false'))",
            name=op.f("ck_commitment_update_both_sides"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_update_commitment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_update")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(
        op.f("ix_commitment_update_commitment_id"), "commitment_update", ["commitment_id"], unique=False
    )
    op.create_table(
        "contest",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pot_pence", sa.BigInteger(), nullable=False),
        sa.Column("wards", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("merges_into_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("pot_pence > 0", name=op.f("ck_contest_pot")),
        sa.ForeignKeyConstraint(["merges_into_id"], ["contest.id"], name=op.f("fk_contest_merges_into_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_contest_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_index(op.f("ix_contest_round_id"), "contest", ["round_id"], unique=False)
    op.create_table(
        "frozen_rules",
        sa.Column("rules_hash", sa.LargeBinary(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_frozen_rules_round_id")),
        sa.PrimaryKeyConstraint("rules_hash", name=op.f("pk_frozen_rules")),
        sa.UniqueConstraint("round_id", name=op.f("uq_frozen_rules_round_id")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_table(
        "story",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "cleared", "declined", "withdrawn", name="state", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "web", "assisted", "offline", "paper", "import", name="channel", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column(
            "consent",
            sa.Enum("officers", "quote", "publish", name="consent", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("ward_code", sa.String(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("groups", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("teller_key", sa.LargeBinary(), nullable=True),
        sa.Column("receipt_hash", sa.LargeBinary(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("moderated_by", sa.Uuid(), nullable=True),
        sa.Column("moderated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(text IS NULL) = (state = 'withdrawn')", name=op.f("ck_story_words_gone")),
        sa.CheckConstraint("language IN ('cy', 'en', 'mixed')", name=op.f("ck_story_language")),
        sa.CheckConstraint("state <> 'withdrawn' OR sealed IS NULL", name=op.f("ck_story_sealed_gone")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_story_batch_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_story_campaign_id")),
        sa.ForeignKeyConstraint(["ward_code"], ["ward.code"], name=op.f("fk_story_ward_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_story_receipt_hash")),
        info={"retention": "public words until withdrawn; sealed originals 12 months after the campaign"},
    )
    op.create_index(op.f("ix_story_batch_id"), "story", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_story_campaign_id_state_told_on"), "story", ["campaign_id", "state", "told_on"], unique=False
    )
    op.create_index(
        "ix_story_public",
        "story",
        ["campaign_id", "told_on", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'cleared' AND consent = 'publish'"),
    )
    op.create_table(
        "theme",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("slug_cy", sa.String(), nullable=False),
        sa.Column("slug_en", sa.String(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signed_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_off_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (signed_off_at IS NOT NULL) OR ((name->'cy'->>'state' = 'approved' AND name->'cy'->>'stale' = 'false') AND (name->'en'->>'state' = 'approved' AND name->'en'->>'stale' = 'false'))",
            name=op.f("ck_theme_both_sides"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_campaign_id")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_theme_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("campaign_id", "slug_cy", name=op.f("uq_theme_campaign_id_slug_cy")),
        sa.UniqueConstraint("campaign_id", "slug_en", name=op.f("uq_theme_campaign_id_slug_en")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(op.f("ix_theme_campaign_id"), "theme", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_theme_run_id"), "theme", ["run_id"], unique=False)
    op.create_table(
        "tree_head",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_tree_head_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "size", name=op.f("pk_tree_head")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_index(
        "uq_tree_head_final", "tree_head", ["round_id"], unique=True, postgresql_where=sa.text("final")
    )
    op.create_table(
        "tree_leaf",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_tree_leaf_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "position", name=op.f("pk_tree_leaf")),
        sa.UniqueConstraint("round_id", "leaf", name=op.f("uq_tree_leaf_round_id_leaf")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_table(
        "void_request",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("roll_entry_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_void_request_two_people")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_void_request_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_void_request_decided_by")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_void_request_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_void_request")),
        info={"retention": "6 months after the result, with the roll"},
    )
    op.create_index(op.f("ix_void_request_round_id"), "void_request", ["round_id"], unique=False)
    op.create_table(
        "count_result",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("decides", sa.Boolean(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_count_result_contest_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_count_result_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_result")),
        sa.UniqueConstraint("contest_id", "rule", name=op.f("uq_count_result_contest_id_rule")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_index(op.f("ix_count_result_contest_id"), "count_result", ["contest_id"], unique=False)
    op.create_index(op.f("ix_count_result_round_id"), "count_result", ["round_id"], unique=False)
    op.create_table(
        "opened_receipt",
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_opened_receipt_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_opened_receipt")),
        info={"retention": "1 hour"},
    )
    op.create_index(op.f("ix_opened_receipt_story_id"), "opened_receipt", ["story_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("slug_cy", sa.String(), nullable=False),
        sa.Column("slug_en", sa.String(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cost_pence", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("ward_code", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "idea",
                "checking",
                "refused",
                "shortlisted",
                "on-ballot",
                "withdrawn",
                "funded",
                "not-funded",
                "delivered",
                name="projectstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("withdrawn_signature", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (state NOT IN ('idea', 'checking', 'refused', 'withdrawn')) OR ((title->'cy'->>'state' = 'approved' AND title->'cy'->>'stale' = 'false') AND (title->'en'->>'state' = 'approved' AND title->'en'->>'stale' = 'false') AND (summary->'cy'->>'state' = 'approved' AND summary->'cy'->>'stale' = 'false') AND (summary->'en'->>'state' = 'approved' AND summary->'en'->>'stale' = 'false'))",
            name=op.f("ck_project_both_sides"),
        ),
        sa.CheckConstraint("cost_pence > 0", name=op.f("ck_project_cost")),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_project_contest_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_project_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("round_id", "slug_cy", name=op.f("uq_project_round_id_slug_cy")),
        sa.UniqueConstraint("round_id", "slug_en", name=op.f("uq_project_round_id_slug_en")),
        info={"retention": "the public record of the round: kept"},
    )
    op.create_index(op.f("ix_project_contest_id"), "project", ["contest_id"], unique=False)
    op.create_index(op.f("ix_project_round_id"), "project", ["round_id"], unique=False)
    op.create_table(
        "quote",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("place_kind", sa.String(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("place_titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_quote_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        info={"retention": "as long as the response, or until the story is withdrawn"},
    )
    op.create_index(op.f("ix_quote_story_id"), "quote", ["story_id"], unique=False)
    op.create_index("uq_quote_once", "quote", ["place_kind", "place_id", "story_id"], unique=True)
    op.create_table(
        "response",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("did", "will", "cannot", name="kind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("you_said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("we_did", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (published_at IS NOT NULL) OR ((you_said->'cy'->>'state' = 'approved' AND you_said->'cy'->>'stale' = 'false') AND (you_said->'en'->>'state' = 'approved' AND you_said->'en'->>'stale' = 'false') AND (we_did->'cy'->>'state' = 'approved' AND we_did->'cy'->>'stale' = 'false') AND (we_did->'en'->>'state' = 'approved' AND we_did->'en'->>'stale' = 'false'))",
            name=op.f("ck_response_both_sides"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_response_campaign_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_response_owner_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_response_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        info={"retention": "as long as the partnership's public record"},
    )
    op.create_index(op.f("ix_response_campaign_id"), "response", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_response_owner_id"), "response", ["owner_id"], unique=False)
    op.create_index("ix_response_published_at", "response", ["published_at"], unique=False)
    op.create_index(op.f("ix_response_theme_id"), "response", ["theme_id"], unique=False)
    op.create_table(
        "story_draft",
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("ward_code", sa.String(), nullable=True),
        sa.Column("consent", sa.String(), nullable=True),
        sa.Column("story_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_story_draft_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_story_draft_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_draft")),
        info={"retention": "24 hours"},
    )
    op.create_index(op.f("ix_story_draft_owner"), "story_draft", ["owner"], unique=False)
    op.create_table(
        "theme_story",
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_theme_story_story_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["theme.id"], name=op.f("fk_theme_story_theme_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("theme_id", "story_id", name=op.f("pk_theme_story")),
        info={"retention": "as long as the theme; a withdrawn story stays as a count"},
    )
    op.create_index(op.f("ix_theme_story_story_id"), "theme_story", ["story_id"], unique=False)
