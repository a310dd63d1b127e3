// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {LotPart, LotRecord, MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {Lots} from "src/Lots.sol";
import {Test} from "../utils/Test.sol";

/// @dev Two businesses with the numbers that the proof chose.
contract TwoBusinesses {
    address private immutable FIRST;
    uint24 private immutable FIRST_NUMBER;
    uint24 private immutable SECOND_NUMBER;

    constructor(address first, uint24 firstNumber, uint24 secondNumber) {
        (FIRST, FIRST_NUMBER, SECOND_NUMBER) = (first, firstNumber, secondNumber);
    }

    function businessOf(address account) external view returns (bytes16, uint24) {
        return account == FIRST ? (bytes16(uint128(1)), FIRST_NUMBER) : (bytes16(uint128(2)), SECOND_NUMBER);
    }
}

/// @dev The ledger's own code, with a way to a shipment's inside and to records of any content.
contract LotsOpened is Lots {
    constructor(IBusinessRegistry businesses)
        Lots(
            address(1),
            businesses,
            IFormulaRegistry(address(0)),
            IFactorRegistry(address(0)),
            IOracleReports(address(0))
        )
    {}

    function setRecord(uint256 token, uint256 word) external {
        _records[token].value = LotRecord.wrap(word);
    }

    function recordOf(uint256 token) external view returns (uint256) {
        return LotRecord.unwrap(_records[token].value);
    }

    function shipment(uint256 token, address from, address to, uint256 quantity) external returns (uint256, bool) {
        return _ship(token, from, to, quantity);
    }
}

/// @notice What halmos proves of a shipment: the assembly in `LotPositions._ship` takes what `LotRecord.takeUp` says.
contract ShipmentSymbolic is Test {
    address private constant FROM = address(0xF00F);
    address private constant TO = address(0xB00B);
    uint256 private constant TOKEN = 7;

    /// @dev The producer ships of what it kept: the record loses the quantity, the receiver has exactly the part.
    function check_ship_ofKeptGoods_isTakeUp(uint256 word, uint256 quantity, uint24 other) external {
        LotRecord record = LotRecord.wrap(word);
        vm.assume(record.producer() & 15 == uint160(FROM) & 15);
        vm.assume(other != record.producer() && other & 15 == uint160(TO) & 15);
        vm.assume(quantity > 0 && quantity <= record.held() && record.held() <= record.good());
        LotsOpened lots = _ledger(uint24(record.producer()), other, word);
        (uint256 part, bool hooked) = lots.shipment(TOKEN, FROM, TO, quantity);
        (LotRecord rest, uint256 co2, uint256 primary) = record.takeUp(quantity);
        assert(part == LotPart.unwrap(LotPart.wrap(0).add(quantity, co2, primary)));
        assert(lots.recordOf(TOKEN) == LotRecord.unwrap(rest));
        assert(lots.balanceOf(TO, TOKEN) == quantity);
        assert(!hooked);
    }

    function _ledger(uint24 first, uint24 second, uint256 word) private returns (LotsOpened lots) {
        lots = new LotsOpened(IBusinessRegistry(address(new TwoBusinesses(FROM, first, second))));
        lots.admit(FROM);
        lots.admit(TO);
        lots.setRecord(TOKEN, word);
    }
}
