// Generated from the migrated database; `tests/it/db/schema.rs` fails when it drifts.

diesel::table! {
    account_rollups (account_id) {
        account_id -> Int8,
        through_journal_id -> Int8,
        balance -> Numeric,
    }
}

diesel::table! {
    agreement_drafts (version) {
        version -> Int4,
        text_en -> Text,
        text_zh -> Text,
        effective_on -> Date,
        revision -> Int4,
        saved_by -> Int8,
        saved_at -> Timestamptz,
    }
}

diesel::table! {
    agreement_signatures (merchant_id, version) {
        merchant_id -> Int8,
        version -> Int4,
        user_id -> Int8,
        typed_name -> Text,
        text_sha256 -> Bytea,
        locale -> Text,
        signed_at -> Timestamptz,
        time_zone -> Text,
    }
}

diesel::table! {
    agreements (version) {
        version -> Int4,
        text_en -> Text,
        text_zh -> Text,
        published_at -> Timestamptz,
        effective_at -> Nullable<Timestamptz>,
        published_by -> Nullable<Int8>,
        reason -> Text,
    }
}

diesel::table! {
    application_documents (id) {
        id -> Int8,
        application_id -> Int8,
        file_id -> Int8,
        category -> Text,
        label -> Text,
        idempotency_key -> Uuid,
        taken_over_from -> Nullable<Int8>,
    }
}

diesel::table! {
    application_events (id) {
        id -> Int8,
        application_id -> Int8,
        version -> Int4,
        event -> Text,
        at -> Timestamptz,
        user_id -> Nullable<Int8>,
        note -> Text,
    }
}

diesel::table! {
    application_submissions (id) {
        id -> Int8,
        application_id -> Int8,
        version -> Int4,
        submitted_at -> Timestamptz,
        registered_name -> Text,
        registration_number -> Text,
        address -> Text,
        responsible_person -> Text,
        about -> Text,
    }
}

diesel::table! {
    applications (id) {
        id -> Int8,
        public_id -> Uuid,
        merchant_id -> Int8,
        kind -> Text,
        status -> Text,
        version -> Int4,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
        submitted_at -> Nullable<Timestamptz>,
        registered_name -> Text,
        registration_number -> Text,
        address -> Text,
        responsible_person -> Text,
        about -> Text,
        claimed_by -> Nullable<Int8>,
        claim_expires_at -> Nullable<Timestamptz>,
        identity_judgement -> Nullable<Text>,
        reputation_judgement -> Nullable<Text>,
        decided_by -> Nullable<Int8>,
        decided_at -> Nullable<Timestamptz>,
        reason -> Text,
        failed_criteria -> Array<Text>,
        reapply_from -> Nullable<Timestamptz>,
        evaluation -> Nullable<Jsonb>,
        documents -> Int4,
        licences -> Int4,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Int8,
        at -> Timestamptz,
        user_id -> Nullable<Int8>,
        action -> Text,
        subject -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
        reason -> Text,
        by_name -> Nullable<Text>,
        by_email -> Nullable<Text>,
        by_public_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    badge_events (id) {
        id -> Int8,
        merchant_id -> Int8,
        version -> Int4,
        from_state -> Nullable<Text>,
        to_state -> Text,
        cause -> Text,
        at -> Timestamptz,
        user_id -> Nullable<Int8>,
        event -> Nullable<Text>,
        standing -> Array<Text>,
        from_tier -> Nullable<Text>,
        to_tier -> Nullable<Text>,
    }
}

diesel::table! {
    badge_sightings (merchant_id, origin) {
        merchant_id -> Int8,
        origin -> Text,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        seen -> Int8,
    }
}

diesel::table! {
    badges (merchant_id) {
        merchant_id -> Int8,
        state -> Text,
        tier -> Text,
        granted_at -> Timestamptz,
        expires_at -> Timestamptz,
        changed_at -> Timestamptz,
        version -> Int4,
        evaluation -> Jsonb,
    }
}

diesel::table! {
    case_events (case_id, version) {
        case_id -> Int8,
        version -> Int4,
        event -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    case_moves (kind, event, from_status) {
        kind -> Text,
        event -> Text,
        from_status -> Text,
        to_status -> Text,
        actors -> Array<Text>,
        turn -> Nullable<Text>,
        on_ended -> Bool,
    }
}

diesel::table! {
    cases (id) {
        id -> Int8,
        public_id -> Uuid,
        order_id -> Int8,
        kind -> Text,
        status -> Text,
        version -> Int4,
        amount -> Numeric,
        reason -> Text,
        answer -> Nullable<Text>,
        opened_at -> Timestamptz,
        status_since -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    clock_offset (only_row) {
        only_row -> Bool,
        seconds -> Int8,
    }
}

diesel::table! {
    credit_months (merchant_id, month) {
        merchant_id -> Int8,
        month -> Date,
        paid -> Int8,
        completed -> Int8,
        refunded -> Int8,
        disputed -> Int8,
        ratings -> Int8,
        rating_points -> Int8,
    }
}

diesel::table! {
    credit_records (merchant_id, day) {
        merchant_id -> Int8,
        day -> Date,
        counted_since -> Timestamptz,
        counted_until -> Timestamptz,
        paid -> Int8,
        ended -> Int8,
        completed -> Int8,
        disputed -> Int8,
        self_dealt -> Int8,
        ratings -> Int8,
        rating_points -> Int8,
        score -> Int8,
        months_trusted -> Nullable<Int4>,
        tier -> Nullable<Text>,
        computed_at -> Timestamptz,
    }
}

diesel::table! {
    credit_turns (merchant_id) {
        merchant_id -> Int8,
        done_day -> Date,
        claimed_until -> Nullable<Timestamptz>,
        first_order_id -> Int8,
    }
}

diesel::table! {
    criteria_thresholds (version) {
        version -> Int4,
        thresholds -> Jsonb,
        effective_at -> Timestamptz,
        published_by -> Nullable<Int8>,
        reason -> Text,
    }
}

diesel::table! {
    deferrals (job, row_id) {
        job -> Text,
        row_id -> Int8,
        tries -> Int4,
        put_off_until -> Timestamptz,
    }
}

diesel::table! {
    devices (user_id, fingerprint) {
        user_id -> Int8,
        fingerprint -> Bytea,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    disbursement_accounts (id) {
        id -> Int8,
        disbursement_id -> Int8,
        holder -> Text,
        number -> Text,
        user_id -> Int8,
        origin_id -> Nullable<Int8>,
        given_at -> Timestamptz,
    }
}

diesel::table! {
    disbursements (id) {
        id -> Int8,
        public_id -> Uuid,
        kind -> Text,
        order_id -> Nullable<Int8>,
        merchant_id -> Nullable<Int8>,
        receipt_id -> Nullable<Int8>,
        amount -> Numeric,
        currency -> Text,
        status -> Text,
        version -> Int4,
        payee -> Jsonb,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        provider_reference -> Nullable<Text>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
    }
}

diesel::table! {
    dispatches (id) {
        id -> Int8,
        stream -> Text,
        subject_id -> Int8,
        version -> Int4,
        at -> Timestamptz,
    }
}

diesel::table! {
    domain_checks (id) {
        id -> Int8,
        merchant_id -> Int8,
        name -> Text,
        method -> Text,
        asked_by -> Nullable<Int8>,
        checked_at -> Timestamptz,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    domains (id) {
        id -> Int8,
        public_id -> Uuid,
        merchant_id -> Int8,
        name -> Text,
        token -> Text,
        token_expires_at -> Timestamptz,
        verified_at -> Nullable<Timestamptz>,
        last_checked_at -> Nullable<Timestamptz>,
        last_failure -> Nullable<Text>,
        created_at -> Timestamptz,
        failing_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    email_tokens (id) {
        id -> Uuid,
        user_id -> Int8,
        purpose -> Text,
        email -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    entries (journal_id, account_id) {
        journal_id -> Int8,
        account_id -> Int8,
        currency -> Text,
        amount -> Numeric,
        balance_after -> Nullable<Numeric>,
    }
}

diesel::table! {
    files (id) {
        id -> Int8,
        public_id -> Uuid,
        sha256 -> Text,
        kind -> Text,
        bytes -> Int8,
        width -> Nullable<Int4>,
        height -> Nullable<Int4>,
        name -> Text,
        uploaded_by -> Int8,
        uploaded_at -> Timestamptz,
    }
}

diesel::table! {
    impostor_reports (id) {
        id -> Int8,
        reference -> Text,
        origin -> Text,
        merchant_id -> Nullable<Int8>,
        words -> Text,
        created_at -> Timestamptz,
        taken_by -> Nullable<Int8>,
        taken_at -> Nullable<Timestamptz>,
        closed_by -> Nullable<Int8>,
        closed_at -> Nullable<Timestamptz>,
        outcome -> Nullable<Text>,
        reason -> Text,
    }
}

diesel::table! {
    journals (id) {
        id -> Int8,
        reference -> Text,
        kind -> Text,
        currency -> Text,
        order_id -> Nullable<Int8>,
        merchant_id -> Nullable<Int8>,
        at -> Timestamptz,
    }
}

diesel::table! {
    ledger_accounts (id) {
        id -> Int8,
        kind -> Text,
        owner_id -> Int8,
        currency -> Text,
        balance -> Nullable<Numeric>,
    }
}

diesel::table! {
    mails (id) {
        id -> Int8,
        public_id -> Uuid,
        outbox_id -> Int8,
        recipient -> Text,
        recipient_name -> Text,
        locale -> Text,
        time_zone -> Text,
        message -> Text,
        args -> Jsonb,
        created_at -> Timestamptz,
        attempts -> Int4,
        next_attempt_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    merchant_invitations (id) {
        id -> Uuid,
        merchant_id -> Int8,
        email -> Text,
        role -> Text,
        invited_by -> Int8,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    merchant_member_events (id) {
        id -> Int8,
        merchant_id -> Int8,
        event -> Text,
        at -> Timestamptz,
        by_user_id -> Int8,
        user_id -> Nullable<Int8>,
        invitation_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    merchant_members (user_id) {
        user_id -> Int8,
        merchant_id -> Int8,
        role -> Text,
        since -> Timestamptz,
        public_id -> Uuid,
    }
}

diesel::table! {
    merchant_search (merchant_id) {
        merchant_id -> Int8,
        lines -> Text,
        grams -> Array<Text>,
    }
}

diesel::table! {
    merchants (id) {
        id -> Int8,
        code -> Text,
        name -> Text,
        industry -> Text,
        registered_name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    notifications (id) {
        id -> Int8,
        public_id -> Uuid,
        outbox_id -> Int8,
        user_id -> Int8,
        message -> Text,
        args -> Jsonb,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    order_events (order_id, version) {
        order_id -> Int8,
        version -> Int4,
        event -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        actor -> Text,
        user_id -> Nullable<Int8>,
        at -> Timestamptz,
        origin_id -> Nullable<Int8>,
        detail -> Nullable<Jsonb>,
    }
}

diesel::table! {
    order_moves (channel, event, from_status, to_status) {
        channel -> Text,
        event -> Text,
        from_status -> Text,
        to_status -> Text,
        actors -> Array<Text>,
        journal -> Nullable<Text>,
        outcome -> Nullable<Text>,
        on_hold -> Text,
        case_ends -> Nullable<Text>,
        when_due -> Bool,
        parts -> Array<Text>,
        may_have -> Array<Text>,
    }
}

diesel::table! {
    orders (id) {
        id -> Int8,
        public_id -> Uuid,
        merchant_id -> Int8,
        buyer_id -> Nullable<Int8>,
        buyer_email -> Nullable<Text>,
        channel -> Text,
        policy_version -> Int4,
        status -> Text,
        version -> Int4,
        title -> Text,
        terms -> Jsonb,
        price -> Numeric,
        currency -> Text,
        max_fee -> Numeric,
        covered -> Bool,
        time_zone -> Text,
        link_hash -> Nullable<Bytea>,
        created_at -> Timestamptz,
        status_since -> Timestamptz,
        paid_at -> Nullable<Timestamptz>,
        overdue_at -> Nullable<Timestamptz>,
        due_at -> Nullable<Timestamptz>,
        wake_at -> Nullable<Timestamptz>,
        paused_since -> Nullable<Timestamptz>,
        paused_left_us -> Nullable<Int8>,
        paused_total_us -> Int8,
        extension_days -> Int4,
        extension_asked_at -> Nullable<Timestamptz>,
        delivery -> Nullable<Jsonb>,
        delivered_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        outcome -> Nullable<Text>,
        refunds_asked -> Int4,
        hold -> Nullable<Text>,
        hold_turn -> Nullable<Text>,
        hold_due_at -> Nullable<Timestamptz>,
        escrow_account_id -> Int8,
        merchant_account_id -> Int8,
    }
}

diesel::table! {
    origins (id) {
        id -> Int8,
        user_id -> Int8,
        address -> Text,
        agent -> Text,
        created_at -> Timestamptz,
        awaited_second_factor -> Bool,
    }
}

diesel::table! {
    outbox (id) {
        id -> Int8,
        created_at -> Timestamptz,
        tell -> Array<Text>,
        order_id -> Nullable<Int8>,
        merchant_id -> Nullable<Int8>,
        user_id -> Nullable<Int8>,
        email -> Nullable<Text>,
        args -> Jsonb,
        expanded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    passkey_challenges (session_id) {
        session_id -> Uuid,
        state -> Bytea,
        name -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    passkeys (public_id) {
        public_id -> Uuid,
        user_id -> Int8,
        name -> Text,
        credential_id -> Bytea,
        transports -> Int2,
        static_state -> Bytea,
        dynamic_state -> Bytea,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payment_accounts (merchant_id) {
        merchant_id -> Int8,
        holder -> Text,
        number -> Text,
        changed_at -> Timestamptz,
        changed_by -> Int8,
    }
}

diesel::table! {
    payment_fingerprints (payment_id) {
        payment_id -> Int8,
        device_fingerprint -> Nullable<Bytea>,
        account_fingerprint -> Nullable<Bytea>,
    }
}

diesel::table! {
    payments (id) {
        id -> Int8,
        public_id -> Uuid,
        order_id -> Int8,
        gateway -> Text,
        amount -> Numeric,
        currency -> Text,
        buyer_id -> Nullable<Int8>,
        buyer_email -> Text,
        locale -> Text,
        created_at -> Timestamptz,
        ask_at -> Nullable<Timestamptz>,
        asked -> Int4,
        ask_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    policies (channel, version) {
        channel -> Text,
        version -> Int4,
        rules -> Jsonb,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    rating_publications (rating_id) {
        rating_id -> Int8,
        merchant_id -> Int8,
        because -> Text,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    rating_replies (rating_id) {
        rating_id -> Int8,
        merchant_id -> Int8,
        user_id -> Int8,
        words -> Text,
        replied_at -> Timestamptz,
    }
}

diesel::table! {
    ratings (id) {
        id -> Int8,
        order_id -> Int8,
        merchant_id -> Int8,
        user_id -> Int8,
        goods -> Int2,
        service -> Int2,
        delivery -> Int2,
        words -> Text,
        rated_at -> Timestamptz,
        publish_at -> Timestamptz,
        score -> Int2,
    }
}

diesel::table! {
    ratings_to_publish (rating_id) {
        rating_id -> Int8,
        merchant_id -> Int8,
        publish_at -> Timestamptz,
    }
}

diesel::table! {
    receipts (id) {
        id -> Int8,
        gateway -> Text,
        provider_reference -> Text,
        payment_id -> Nullable<Int8>,
        order_id -> Nullable<Int8>,
        amount -> Numeric,
        currency -> Text,
        unmatched_because -> Nullable<Text>,
        at -> Timestamptz,
    }
}

diesel::table! {
    record_dates (merchant_id) {
        merchant_id -> Int8,
        record_date -> Date,
        reason -> Text,
        entered_by -> Int8,
        entered_at -> Timestamptz,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Int8,
        code_hash -> Bytea,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    rollup_horizon (only_row) {
        only_row -> Bool,
        journal_id -> Int8,
    }
}

diesel::table! {
    sandbox_payments (reference) {
        reference -> Uuid,
        amount -> Numeric,
        currency -> Text,
        subject -> Text,
        return_url -> Text,
        state -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sandbox_transactions (id) {
        id -> Uuid,
        reference -> Uuid,
        kind -> Text,
        amount -> Numeric,
        currency -> Text,
        created_at -> Timestamptz,
        notices_left -> Int4,
        notice_at -> Nullable<Timestamptz>,
        payer_account -> Nullable<Text>,
    }
}

diesel::table! {
    second_factor_enrolments (user_id) {
        user_id -> Int8,
        sealed_secret -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Int8,
        sealed_secret -> Bytea,
        last_used_step -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    self_dealt_orders (order_id) {
        order_id -> Int8,
        merchant_id -> Int8,
        links -> Array<Text>,
        found_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Bytea,
        public_id -> Uuid,
        user_id -> Int8,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        password_at -> Timestamptz,
        expires_at -> Timestamptz,
        origin_id -> Int8,
        awaits_second_factor -> Bool,
        second_factor_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    stored_objects (sha256) {
        sha256 -> Text,
        bytes -> Int8,
        names -> Int4,
        touched_at -> Timestamptz,
        removing_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    submitted_documents (submission_id, file_id) {
        submission_id -> Int8,
        file_id -> Int8,
        category -> Text,
        label -> Text,
    }
}

diesel::table! {
    suspension_causes (id) {
        id -> Int8,
        merchant_id -> Int8,
        cause -> Text,
        reference -> Text,
        detail -> Text,
        reason -> Text,
        since -> Timestamptz,
        begun_by -> Nullable<Int8>,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Int8>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    throttles (key) {
        key -> Text,
        window_started_at -> Timestamptz,
        hits -> Int4,
    }
}

diesel::table! {
    trust_reminders (merchant_id, reminder, about_at) {
        merchant_id -> Int8,
        reminder -> Text,
        about_at -> Timestamptz,
        sent_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Int8,
        public_id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        email_confirmed_at -> Nullable<Timestamptz>,
        locale -> Text,
        time_zone -> Text,
        staff_roles -> Array<Text>,
        created_at -> Timestamptz,
        disabled_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account_rollups,
    agreement_drafts,
    agreement_signatures,
    agreements,
    application_documents,
    application_events,
    application_submissions,
    applications,
    audit_entries,
    badge_events,
    badge_sightings,
    badges,
    case_events,
    case_moves,
    cases,
    clock_offset,
    credit_months,
    credit_records,
    credit_turns,
    criteria_thresholds,
    deferrals,
    devices,
    disbursement_accounts,
    disbursements,
    dispatches,
    domain_checks,
    domains,
    email_tokens,
    entries,
    files,
    impostor_reports,
    journals,
    ledger_accounts,
    mails,
    merchant_invitations,
    merchant_member_events,
    merchant_members,
    merchant_search,
    merchants,
    notifications,
    order_events,
    order_moves,
    orders,
    origins,
    outbox,
    passkey_challenges,
    passkeys,
    payment_accounts,
    payment_fingerprints,
    payments,
    policies,
    rating_publications,
    rating_replies,
    ratings,
    ratings_to_publish,
    receipts,
    record_dates,
    recovery_codes,
    rollup_horizon,
    sandbox_payments,
    sandbox_transactions,
    second_factor_enrolments,
    second_factors,
    self_dealt_orders,
    sessions,
    stored_objects,
    submitted_documents,
    suspension_causes,
    throttles,
    trust_reminders,
    users,
);
