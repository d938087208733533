// One lane of requantisation: (sum + bias) * multiplier / 2^shift, rounded half to even, saturated to [low, high].
// Four clock cycles, one result in each. A ReLU is a `low` of zero.
module requantize #(
    parameter SUM = 24,
    parameter OUT = 9
) (
    input  wire                  clk,
    input  wire signed [SUM-1:0] sum,
    input  wire signed [SUM-1:0] bias,
    input  wire [15:0]           multiplier,
    input  wire [5:0]            shift,
    input  wire signed [OUT-1:0] low,
    input  wire signed [OUT-1:0] high,
    output reg  signed [OUT-1:0] out
);
    localparam WIDE = SUM + 17;
    reg signed [SUM-1:0] biased;
    reg [15:0] multiplier_held;
    reg [5:0] shift_held, shift_held2;
    reg signed [WIDE-1:0] product;
    reg signed [WIDE-1:0] rounded;

    // half of the last place less one, and one more where the integer part is odd: a tie goes to the even neighbour
    wire [WIDE-1:0] one = {{(WIDE-1){1'b0}}, 1'b1};
    wire [WIDE-1:0] odd = (product >> shift_held2) & one;
    wire [WIDE-1:0] half = (shift_held2 == 0) ? {WIDE{1'b0}} : (one << (shift_held2 - 6'd1)) - one + odd;
    wire signed [WIDE-1:0] nearest = $signed(product + $signed(half)) >>> shift_held2;
    wire signed [WIDE-1:0] low_wide = {{(WIDE-OUT){low[OUT-1]}}, low};
    wire signed [WIDE-1:0] high_wide = {{(WIDE-OUT){high[OUT-1]}}, high};

    always @(posedge clk) begin
        biased          <= sum + bias;
        multiplier_held <= multiplier;
        shift_held      <= shift;
        product         <= biased * $signed({1'b0, multiplier_held});
        shift_held2     <= shift_held;
        rounded         <= nearest;
        out             <= (rounded < low_wide) ? low : (rounded > high_wide) ? high : rounded[OUT-1:0];
    end
endmodule
