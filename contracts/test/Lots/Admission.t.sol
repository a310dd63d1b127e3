// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {Trader} from "../invariants/Trader.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice A ledger of lots that registrations are not copied to: it asks the registry when it first meets a business.
contract LotsAdmissionTest is LotsWorld {
    bytes16 private _coil;

    function setUp() public override {
        super.setUp();
        lots = ILots(vm.deployCode("Lots.sol:Lots", abi.encode(manager, businesses, formulas, factors, reports)));
        _coil = resinLot(steel, "coil", 10, 10);
    }

    function test_ship_toABusinessThatItMeetsForTheFirstTime() public {
        _ship(steel, parts, 3);
        vm.assertEq(lots.positionOf(_coil, parts).quantity, 3);
        vm.assertEq(lots.positionOf(_coil, parts).co2Ug, 762_000);
        _ship(parts, assembler, 2);
        vm.assertEq(lots.positionOf(_coil, assembler).co2Ug, 508_000);
        vm.assertEq(lots.positionOf(_coil, parts).co2Ug, 254_000);
    }

    function test_ship_toAContractThatItMeetsForTheFirstTimeCallsItsHook() public {
        Trader trader = new Trader(address(lots));
        businesses.register(id("trader"), address(trader), keccak256("https://trader.example"));
        trader.plan(abi.encodeCall(ILots.ship, (uint128(_coil), _packed(parts, 1))), true);
        _ship(steel, address(trader), 3);
        vm.assertTrue(trader.isIdle());
        vm.assertEq(lots.positionOf(_coil, address(trader)).quantity, 2);
        vm.assertEq(lots.positionOf(_coil, parts).quantity, 1);
    }

    function test_ship_toAnAccountThatIsNotRegisteredIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        _ship(steel, stranger, 1);
    }

    /// @dev The registry's count of businesses is set, as half a million cannot be registered here.
    function test_ship_byABusinessWhoseNumberDiffersInItsHighestBitIsRefused() public {
        for (uint256 slot = 0; slot < 10; ++slot) {
            if (uint256(vm.load(address(businesses), bytes32(slot))) == 3) {
                vm.store(address(businesses), bytes32(slot), bytes32(uint256(1 << 19)));
            }
        }
        address other = address(uint160(steel) ^ (uint160(1) << 100));
        businesses.register(id("half a million later"), other, keccak256("https://other.example"));
        vm.assertEq(businesses.numberOf(id("half a million later")), businesses.numberOf(steelId) | (1 << 23));
        vm.assertEq(lots.balanceOf(other, uint128(_coil)), 0);
        // Known to the ledger.
        _ship(steel, other, 1);
        _ship(other, steel, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, other, 0, 1, uint128(_coil))
        );
        _ship(other, parts, 1);
    }

    function _ship(address from, address to, uint256 quantity) private {
        vm.prank(from);
        lots.ship(uint128(_coil), _packed(to, quantity));
    }

    function _packed(address to, uint256 quantity) private pure returns (uint256) {
        return (uint256(uint160(to)) << 96) | quantity;
    }
}
