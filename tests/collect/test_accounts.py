import pytest

from collector.collect.accounts import Account, listed, of_organization
from collector.config import Accounts, Config, Role
from collector.errors import UsageError

UNITS = [
    {"id": "r-1", "parent_id": None},
    {"id": "ou-1-work", "parent_id": "r-1"},
    {"id": "ou-1-data", "parent_id": "ou-1-work"},
    {"id": "ou-1-play", "parent_id": "r-1"},
]
ROWS = [
    {"id": "333333333333", "name": "data", "state": "ACTIVE", "parent_id": "ou-1-data"},
    {"id": "111111111111", "name": "management", "state": "ACTIVE", "parent_id": "r-1"},
    {"id": "222222222222", "name": "old", "state": "SUSPENDED", "parent_id": "ou-1-work"},
    {"id": "444444444444", "name": "sandbox", "state": "ACTIVE", "parent_id": "ou-1-play"},
]


def ids(**settings):
    config = Config(accounts=Accounts(organization=True, **settings), role=Role(name="reader"))
    return [account.id[0] for account in of_organization(config, ROWS, UNITS)]


def test_active_accounts_by_id():
    assert ids() == ["1", "3", "4"]


def test_units_are_named_by_id_or_path_and_include_what_is_below_them():
    assert ids(include_ous=("ou-1-work",)) == ["3"]
    assert ids(include_ous=("r-1/ou-1-work/*",)) == ["3"]
    assert ids(include_ous=("ou-1-data",)) == ["3"]
    assert ids(include_ous=("r-1",)) == ["1", "3", "4"]
    assert ids(skip_ous=("ou-1-p*",)) == ["1", "3"]
    assert ids(include_ous=("ou-1-*",), skip=("333333333333",)) == ["4"]


def test_a_unit_that_is_not_there_is_an_error():
    with pytest.raises(
        UsageError, match=r"keyreach.toml: accounts.skip_ous: 'ou-1-palay' .* did you mean ou-1-play\?"
    ):
        ids(skip_ous=("ou-1-palay",))


def test_without_an_organization_the_list_or_the_caller():
    assert listed(Accounts(), "999999999999") == [Account("999999999999")]
    chosen = Accounts(ids=("111111111111", "222222222222"), skip=("222222222222",))
    assert listed(chosen, "999999999999") == [Account("111111111111")]
