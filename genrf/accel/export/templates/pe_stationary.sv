// A processing element that keeps one operand: the other streams to the right, partial sums go down.
// The next operand is written to `waiting` while this one works, and taken over with the first item of its tile.
module pe_stationary #(
    parameter KEPT = 8,
    parameter STREAMED = 9,
    parameter SUM = 24
) (
    input  wire                       clk,
    input  wire                       load,
    input  wire signed [KEPT-1:0]     kept_in,
    input  wire                       swap_in,
    input  wire signed [STREAMED-1:0] item_in,
    input  wire signed [SUM-1:0]      sum_in,
    output reg                        swap_out,
    output reg  signed [STREAMED-1:0] item_out,
    output reg  signed [SUM-1:0]      sum_out
);
    reg  signed [KEPT-1:0] waiting;
    reg  signed [KEPT-1:0] working;
    wire signed [KEPT-1:0] operand = swap_in ? waiting : working;
    wire signed [KEPT+STREAMED-1:0] product = operand * item_in;

    always @(posedge clk) begin
        if (load) waiting <= kept_in;
        working  <= operand;
        swap_out <= swap_in;
        item_out <= item_in;
        sum_out  <= sum_in + {{(SUM-KEPT-STREAMED){product[KEPT+STREAMED-1]}}, product};
    end
endmodule
