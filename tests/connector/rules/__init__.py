"""What a connector's files have to keep to, and no public validator looks for."""

from tests.connector.rules import document, dynamic, operations, parameters, triggers
from tests.connector.rules.walk import Rule

RULES: tuple[Rule, ...] = (
    document.speaks_https,
    document.keeps_to_openapi_2,
    document.knows_its_extensions,
    document.says_whose_it_is,
    document.has_a_plain_title,
    document.describes_itself,
    operations.names_each_operation,
    operations.summarises_in_a_few_words,
    operations.describes_in_a_sentence,
    operations.answers_with_a_schema,
    operations.ends_what_it_accepts,
    operations.pages_its_lists,
    operations.names_operations_that_exist,
    parameters.titles_and_encodes_parameters,
    parameters.shows_in_known_places,
    parameters.fills_in_what_it_hides,
    parameters.asks_for_a_key,
    dynamic.depends_at_roots_only,
    dynamic.says_it_to_old_and_new_designers,
    dynamic.refers_to_operations_with_their_parameters,
    dynamic.finds_what_it_refers_to,
    triggers.is_a_whole_trigger,
    triggers.can_be_unsubscribed,
)
