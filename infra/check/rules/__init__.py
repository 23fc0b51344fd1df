"""What infra/ keeps to beyond Azure's types. A rule's docstring is what it holds; each gives what breaks it."""

from collections.abc import Callable, Iterator

from infra.check.looking import Files
from infra.check.rules import callers, keys, network, platform, roles, settings
from infra.check.syntax import Finding

type Rule = Callable[[Files], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    keys.storage_takes_no_key,
    keys.nothing_has_keys_of_its_own,
    keys.no_key_is_read,
    keys.outputs_hold_no_secret,
    keys.the_vault_is_opened_by_roles,
    network.sites_speak_tls,
    network.storage_is_closed_with_the_network,
    network.callbacks_need_the_public_network,
    network.restrictions_let_dataverse_in,
    network.the_subnet_is_one_that_flex_takes,
    callers.what_is_open_needs_no_token,
    callers.tokens_are_asked_for,
    roles.the_roles_are_these,
    roles.each_role_says_why,
    settings.settings_are_those_that_are_read,
    settings.further_settings_change_schedules_only,
    settings.secrets_are_references,
    settings.flex_refuses_none_of_it,
    platform.a_worker_has_threads_for_what_it_is_given,
    platform.python_is_the_one_that_is_tested,
    platform.everything_is_tagged,
    platform.azd_finds_its_service,
    platform.parameters_are_described,
    platform.azd_gives_the_parameters,
)
