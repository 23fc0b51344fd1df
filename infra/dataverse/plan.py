"""What there should be, compared with what there is: each difference is told, and mended where that is asked for."""

from collections.abc import Callable, Mapping

import msgspec

from infra.dataverse.site import Privilege, Role, Site, User
from shared.dataverse.privileges import NEEDED, Depth, Needed

ENVIRONMENT_MAKER = "Environment Maker"
_SHOWN = 5


class Wanted(msgspec.Struct, frozen=True):
    client_id: str
    role: str
    environment_maker: bool = False


class Hand(msgspec.Struct):
    """Does things, or only notes what would be done."""

    acts: bool
    told: list[str] = []
    open: int = 0
    """What is not as it should be, and was not mended."""

    def finds(self, sentence: str) -> None:
        self.told.append(f"as it is  {sentence}")

    def misses(self, sentence: str) -> None:
        """Nothing that can be mended here."""
        self.told.append(f"amiss     {sentence}")
        self.open += 1

    def does[T](self, sentence: str, work: Callable[[], T]) -> T | None:
        """None where it is not done."""
        if not self.acts:
            self.told.append(f"to do     {sentence}")
            self.open += 1
            return None
        done = work()
        self.told.append(f"done      {sentence}")
        return done


def set_up(site: Site, wanted: Wanted, hand: Hand) -> None:
    unit = site.root_unit()
    user = _user(site, wanted, unit, hand)
    role = _role(site, wanted, unit, hand)
    _grants(site, role, hand)
    _assigned(site, user, wanted.role, role, hand)
    if wanted.environment_maker:
        maker = site.role_named(ENVIRONMENT_MAKER, unit)
        if maker is None:
            hand.misses(f"There is no security role {ENVIRONMENT_MAKER} here.")
        else:
            _assigned(site, user, maker.name, maker, hand)


def _user(site: Site, wanted: Wanted, unit: str, hand: Hand) -> User | None:
    user = site.user_of(wanted.client_id)
    if user is None:
        return hand.does(
            f"create the application user of client id {wanted.client_id}",
            lambda: site.create_user(wanted.client_id, unit),
        )
    hand.finds(f"application user {user.name or user.id}, of client id {wanted.client_id}")
    if user.disabled:
        hand.misses(
            "It is disabled: activate it in the Power Platform admin centre, if that was not on purpose."
        )
    return user


def _role(site: Site, wanted: Wanted, unit: str, hand: Hand) -> Role | None:
    role = site.role_named(wanted.role, unit)
    if role is None:
        return hand.does(
            f"create the security role {wanted.role}", lambda: site.create_role(wanted.role, unit)
        )
    hand.finds(f"security role {role.name}")
    return role


def _grants(site: Site, role: Role | None, hand: Hand) -> None:
    there = site.privileges([needed.name for needed in NEEDED])
    for needed in NEEDED:
        if needed.name.lower() not in there:
            hand.misses(f"There is no privilege {needed.name} here. Needed: {needed.reason}.")
    granted = {} if role is None else site.granted(role.id)
    lacking = {
        there[needed.name.lower()]: needed
        for needed in NEEDED
        if needed.name.lower() in there and _lacks(granted, needed)
    }
    if not lacking:
        hand.finds(f"it grants the {len(there)} privileges that are needed")
    else:
        _grant(site, role, lacking, hand)
    _tell_surplus(granted, hand)


def _lacks(granted: Mapping[str, Depth], needed: Needed) -> bool:
    held = granted.get(needed.name.lower())
    return held is None or held < needed.depth


def _grant(site: Site, role: Role | None, lacking: Mapping[Privilege, Needed], hand: Hand) -> None:
    """All with one request, each told with its reason."""
    depths = {privilege: privilege.depth_for(needed.depth) for privilege, needed in lacking.items()}
    listed = "".join(
        f"\n            {privilege.name} at {depths[privilege].word}: {needed.reason}"
        for privilege, needed in lacking.items()
    )

    def work() -> None:
        assert role is not None
        site.grant(role.id, {privilege.id: depth for privilege, depth in depths.items()})

    hand.does(f"grant it{listed}", work)


def _tell_surplus(granted: Mapping[str, Depth], hand: Hand) -> None:
    """What a role grants beyond need is told and left: somebody may have had a reason, and a few privileges every role has."""
    surplus = sorted(granted.keys() - {needed.name.lower() for needed in NEEDED})
    if surplus:
        more = " ..." if len(surplus) > _SHOWN else ""
        hand.finds(f"it grants {len(surplus)} besides: {', '.join(surplus[:_SHOWN])}{more}")


def _assigned(site: Site, user: User | None, name: str, role: Role | None, hand: Hand) -> None:
    if user is not None and role is not None and role.id in {each.id for each in site.roles_of(user.id)}:
        hand.finds(f"the user has the role {name}")
        return

    def work() -> None:
        assert user is not None
        assert role is not None
        site.assign(user.id, role.id)

    hand.does(f"assign the role {name} to the user", work)
