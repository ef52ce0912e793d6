"""One scope to rows: lists, details, trees and children, with a record of every operation."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from collector.collect.answer import columns, not_configured, search, useful, variants
from collector.collect.each import each, together
from collector.collect.outcome import Failure, Outcome, classify
from collector.collect.pace import Pace
from collector.collect.pages import pages
from collector.collect.records import Item, Ledger, Result, Row
from collector.collect.table import ACCOUNT_ID, Call, Scope, Table
from collector.collect.transport.interface import Transport
from collector.collect.transport.retry import Retries

ITEMS_AT_ONCE = 512
"""Resources of a scope that are asked about at once, enough to fill the calls in flight."""

ROWS_AT_ONCE = 500
"""Rows that a scope keeps in memory before it hands them over."""

NOT_SELECTED = Failure(
    Outcome.NOT_ATTEMPTED, "RegionNotSelected", "the region is not enabled, or not selected in [regions]"
)
UNKNOWN_REGIONS = Failure(
    Outcome.NOT_ATTEMPTED, "UnknownRegions", "the listing has no regions, and the account's are not known"
)


async def fetch(
    scope: Scope,
    tables: tuple[Table, ...],
    transport: Transport,
    pace: Pace,
    options: frozenset[str] = frozenset(),
    weights: Mapping[str, int] | None = None,
    hand_over: Callable[[list[Row]], None] | None = None,
) -> Result:
    """Collect the tables of one scope. Never raises for what AWS answers: the ledger says it.

    `options` are the `[sync]` switches that are on; `pace` gives the calls of all scopes their turn.
    `weights`: resources by ARN that are asked about before the others, the heaviest first. `hand_over`
    takes the rows by the hundred as they come; without it all are in the result.
    """
    return await _Fetch(scope, tables, transport, pace, options, weights or {}, hand_over).run()


class _Fetch:
    def __init__(
        self,
        scope: Scope,
        tables: tuple[Table, ...],
        transport: Transport,
        pace: Pace,
        options: frozenset[str],
        weights: Mapping[str, int],
        hand_over: Callable[[list[Row]], None] | None,
    ) -> None:
        self.scope, self.tables = scope, tables
        self.retries = Retries(transport, pace)
        self.options, self.weights, self.hand_over = options, weights, hand_over
        self.result = Result(scope)
        self.ledger = Ledger(tables, options)
        made = Counter(
            call.operation for table in tables for call in table.calls if not table.reads_parent(call)
        )
        self._shared_operations = {operation for operation, count in made.items() if count > 1}
        self._shared: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def run(self) -> Result:
        await asyncio.gather(*(self._root(table) for table in self.tables if table.parent is None))
        self.result.operations = self.ledger.records(self.scope, self.result.throttled)
        self.result.failures = self.ledger.failures(self.scope)
        return self.result

    async def _root(self, table: Table) -> None:
        items: list[dict[str, Any]] = []
        region = self.scope.home_region if self.scope.region == "global" else self.scope.region
        for params in variants(table.list):
            items += await self._listed(table, table.list, params, region)
        if table.region and any(search(table.region, item) is None for item in items):
            items = await self._listed_by_region(table, region)
        if table.tree:
            items = [found for item in items for found in await self._tree(table, table.tree, item, region)]
        if self.weights:
            items.sort(key=lambda item: -self.weights.get(self._columns(table.list, item).get("arn", ""), 0))
        bulk = {call.operation: await self._bulk(table, call, region) for call in self._details(table, True)}
        await each(items, min(ITEMS_AT_ONCE, len(items)), lambda item: self._item(table, item, bulk))

    async def _listed(
        self, table: Table, call: Call, params: dict[str, Any], region: str
    ) -> list[dict[str, Any]]:
        """The items of a listing, as far as it got."""
        self.ledger.plan(table, call.operation)
        items: list[dict[str, Any]] = []
        try:
            async for part in pages(call, self._params(call, params), self._sender(call, region)):
                items += [part] if isinstance(part, dict) else part or []
        except (BotoCoreError, ClientError) as error:
            if (stand_in := not_configured(call, error)) is not None:
                return [useful(call, stand_in)]
            self.ledger.fail(table, call.operation, classify(error))
        return items

    async def _listed_by_region(self, table: Table, home: str) -> list[dict[str, Any]]:
        """For endpoints that list items without their region: ask for each region's."""
        items = []
        if self.scope.regions is None:
            self.ledger.fail(table, table.list.operation, UNKNOWN_REGIONS)
        for region in self.scope.regions or ():
            found = await self._listed(table, table.list, {table.region_filter: region}, home)
            items += [{**item, table.region: region} for item in found]
        return items

    async def _tree(
        self, table: Table, call: Call, item: dict[str, Any], region: str
    ) -> list[dict[str, Any]]:
        found = [item]
        parameter, path = next(iter(call.given.items()))
        value = search(path, item)
        for child in await self._listed(table, call, {parameter: value}, region):
            found += await self._tree(table, call, {parameter: value, **child}, region)
        return found

    async def _bulk(self, table: Table, call: Call, region: str) -> dict[str, Any] | None:
        """All answers of a call that lists the whole scope, by the member that joins them."""
        entries = await self._listed(table, call, {}, region)
        return None if self.ledger.failed(table, call.operation) else {e[call.match]: e for e in entries}

    async def _item(
        self, table: Table, listed: dict[str, Any], bulk: Mapping[str, dict[str, Any] | None]
    ) -> None:
        region = (search(table.region, listed) if table.region else None) or self.scope.region
        item = Item(table, region, listed, {table.list.operation: listed})
        item.row = self._columns(table.list, listed)
        item.resource = item.row.get("arn") or ""
        for call in self._details(table, True):
            self._match(item, call, bulk[call.operation])
        calls = self._details(table, False)
        await together([self._detail(item, call) for call in calls if call.when is None])
        if not item.gone:
            further = [call for call in calls if call.when and call.when(item.answers)]
            await together([self._detail(item, call) for call in further])
        if item.gone:
            return
        self._keep(item)
        await together([self._children(item, child) for child in self.tables if child.parent is table])

    def _match(self, item: Item, call: Call, entries: dict[str, Any] | None) -> None:
        entry = None if entries is None else entries.get(item.listed[call.match])
        if entry is None:
            item.missing.append(call.operation)
        else:
            item.answers[call.operation] = entry
            item.row |= self._columns(call, entry)

    async def _detail(self, item: Item, call: Call) -> None:
        self.ledger.plan(item.table, call.operation)
        answer = await self._answer(item, call)
        if isinstance(answer, Failure):
            self.ledger.fail(item.table, call.operation, answer, item)
            if answer.outcome is Outcome.GONE:
                item.gone = True
            elif not answer.outcome.complete:
                item.missing.append(call.operation)
                item.reasons[call.operation] = answer
            return
        item.answers[call.operation] = answer
        item.row |= self._columns(call, answer)

    async def _answer(self, item: Item, call: Call) -> Any:
        """The useful part of the answer about an item, all pages of it, or why there is none."""
        asked = self.scope.regions
        if item.table.region and asked is not None and item.region not in asked:
            return NOT_SELECTED
        region = self.scope.home_region if item.region == "global" else item.region
        given = {name: search(path, item.listed) for name, path in call.given.items()}
        params = self._params(call, given)
        answer: Any = None
        try:
            async for part in pages(call, params, self._sender(call, region)):
                answer = part if answer is None else [*answer, *(part or ())]
        except (BotoCoreError, ClientError) as error:
            if (stand_in := not_configured(call, error)) is not None:
                return useful(call, stand_in)
            return classify(error)
        return answer

    async def _children(self, parent: Item, table: Table) -> None:
        call = table.list
        if table.from_parent:
            if call.operation in parent.reasons:
                self.ledger.plan(table, call.operation)
                self.ledger.fail(table, call.operation, parent.reasons[call.operation], parent)
                return
            if call.operation not in parent.answers:
                return
            self.ledger.plan(table, call.operation)
            entries = useful(call, parent.answers[call.operation]) or []
        else:
            if call.when and not call.when(parent.answers):
                return
            self.ledger.plan(table, call.operation)
            answer = await self._answer(parent, call)
            if isinstance(answer, Failure):
                self.ledger.fail(table, call.operation, answer, parent)
                return
            entries = answer or []
        for entry in entries:
            item = Item(table, parent.region, entry, entry)
            item.row = {column: parent.row[source] for column, source in table.inherit.items()}
            item.row |= self._columns(call, entry)
            self._keep(item)

    def _keep(self, item: Item) -> None:
        row = {
            "account_id": self.scope.account_id,
            "region": item.region,
            **item.row,
            "raw": self._in_order(item),
        }
        self.ledger.row(item.table)
        rows = self.result.rows
        rows.append((item.table.name, row, item.missing))
        if self.hand_over and len(rows) >= ROWS_AT_ONCE:
            self.hand_over(rows)
            self.result.handed_over += len(rows)
            self.result.rows = []

    def _in_order(self, item: Item) -> Any:
        if item.answers is item.listed:
            return item.answers
        order = [call.operation for call in item.table.calls]
        return {name: item.answers[name] for name in order if name in item.answers}

    def _details(self, table: Table, bulk: bool) -> list[Call]:
        wanted = {"", *self.options}
        return [call for call in table.details if bool(call.match) is bulk and call.option in wanted]

    def _columns(self, call: Call, answer: Any) -> dict[str, Any]:
        return columns(call, answer, self.scope)

    def _params(self, call: Call, extra: dict[str, Any]) -> dict[str, Any]:
        fixed = {k: self.scope.account_id if v is ACCOUNT_ID else v for k, v in call.params.items()}
        return {**fixed, **extra}

    def _sender(self, call: Call, region: str) -> Any:
        def send(params: dict[str, Any], continued: bool) -> Awaitable[dict[str, Any]]:
            if call.operation not in self._shared_operations:
                return self._send(call, region, params, continued)
            key = json.dumps([call.service, call.operation, region, params], sort_keys=True)
            if key not in self._shared:
                self._shared[key] = asyncio.ensure_future(self._send(call, region, params, continued))
            return self._shared[key]

        return send

    def _send(
        self, call: Call, region: str, params: dict[str, Any], continued: bool
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        identity = self.scope.identity or self.scope.account_id
        self.result.calls += 1
        return self.retries.call(
            identity,
            region,
            call.service,
            call.operation,
            params,
            continued=continued,
            throttled=partial(self._throttled, call.operation),
        )

    def _throttled(self, operation: str) -> None:
        self.result.throttled[operation] += 1
