"""The part of OData that Dataverse's clients use to read tables: filters, options, pages. Knows tables only by their columns."""
